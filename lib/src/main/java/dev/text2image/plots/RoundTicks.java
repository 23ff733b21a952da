package dev.text2image.plots;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.function.Supplier;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

/**
 * Makes a chart put the ticks of its x axis on round numbers while it is drawn.
 *
 * <p>XChart labels every n-th point (0, 33, 66, ...) if the points and the ends of the axis are equally spaced. An axis that
 * starts a hair before its first point is not.
 */
final class RoundTicks {
    private static final double HAIR = 1e-3;

    private RoundTicks() {}

    static <T> T during(XYChart chart, Supplier<T> drawing) {
        XYStyler styler = chart.getStyler();
        DoubleSummaryStatistics x = chart.getSeriesCollection().stream()
                .flatMapToDouble(series -> Arrays.stream(series.getXData()))
                .filter(Double::isFinite)
                .summaryStatistics();
        if (styler.getXAxisMin() != null || styler.isXAxisLogarithmic() || !(x.getMax() > x.getMin())) {
            return drawing.get();
        }
        styler.setXAxisMin(x.getMin() - HAIR * (x.getMax() - x.getMin()));
        try {
            return drawing.get();
        } finally {
            fitData(styler);
        }
    }

    @SuppressWarnings("NullAway") // Null is XChart's way to say that the axis fits the data.
    private static void fitData(XYStyler styler) {
        styler.setXAxisMin((Double) null);
    }
}
