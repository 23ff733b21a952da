package dev.text2image.plots;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;

/**
 * Makes a chart put its ticks on round numbers while it is drawn.
 *
 * <p>XChart labels every n-th point (0, 33, 66, ...) if the points and the ends of an axis are what it takes for a fixed set of values. An
 * axis that starts a hair before its first point is not.
 */
final class RoundTicks {
    private static final double HAIR = 1e-3;

    private RoundTicks() {}

    static <T> T during(XYChart chart, Supplier<T> drawing) {
        XYStyler styler = chart.getStyler();
        boolean movedX = styler.getXAxisMin() == null && !styler.isXAxisLogarithmic();
        boolean movedY = styler.getYAxisMin() == null && !styler.isYAxisLogarithmic();
        if (movedX) {
            start(chart, XYSeries::getXData).ifPresent(styler::setXAxisMin);
        }
        if (movedY) {
            start(chart, XYSeries::getYData).ifPresent(styler::setYAxisMin);
        }
        try {
            return drawing.get();
        } finally {
            fitData(styler, movedX, movedY);
        }
    }

    /** A hair below the smallest value; empty if all are equal. */
    private static Optional<Double> start(XYChart chart, Function<XYSeries, double[]> data) {
        DoubleSummaryStatistics values = chart.getSeriesCollection().stream()
                .flatMapToDouble(series -> Arrays.stream(data.apply(series)))
                .filter(Double::isFinite)
                .summaryStatistics();
        double range = values.getMax() - values.getMin();
        return range > 0 ? Optional.of(values.getMin() - HAIR * range) : Optional.empty();
    }

    @SuppressWarnings("NullAway") // Null is XChart's way to say that the axis fits the data.
    private static void fitData(XYStyler styler, boolean x, boolean y) {
        if (x) {
            styler.setXAxisMin((Double) null);
        }
        if (y) {
            styler.setYAxisMin((Double) null);
        }
    }
}
