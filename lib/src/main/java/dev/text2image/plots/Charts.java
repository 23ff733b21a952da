package dev.text2image.plots;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.Series;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.knowm.xchart.style.theme.XChartTheme;
import tech.tablesaw.api.Table;

/** Makes charts in the project's style; each is an ordinary XChart chart that the caller may change further. */
public final class Charts {
    /** The nominal width of a chart in points. */
    public static final int WIDTH = 720;

    /** The nominal height of a chart in points. */
    public static final int HEIGHT = 360;

    private static final String RAW = " (each value)";

    private Charts() {}

    /**
     * Draws lines over a common axis.
     *
     * @param title the title; empty for none
     * @param xLabel what the x axis shows, with its unit; empty for none
     * @param yLabel what the y axis shows, with its unit; empty for none
     * @param lines the lines, in the order of the legend; the legend is left out for a single line
     * @return the chart
     */
    public static XYChart lines(String title, String xLabel, String yLabel, Line... lines) {
        SmallValues scaled = SmallValues.scaled(yLabel, lines);
        XYChart chart = ChartStyle.chart(title, xLabel, scaled.yLabel(), WIDTH, HEIGHT);
        for (int i = 0; i < lines.length; i++) {
            ChartStyle.add(chart, scaled.lines().get(i), ChartStyle.color(i), 2f);
        }
        chart.getStyler().setLegendVisible(lines.length > 1);
        return chart;
    }

    /**
     * Draws noisy lines: the values thin and pale, their moving average thick.
     *
     * @param title the title; empty for none
     * @param xLabel what the x axis shows, with its unit; empty for none
     * @param yLabel what the y axis shows, with its unit; empty for none
     * @param lines the lines, in the order of the legend, which names the averages only
     * @return the chart
     */
    public static XYChart smoothedLines(String title, String xLabel, String yLabel, Line... lines) {
        SmallValues scaled = SmallValues.scaled(yLabel, lines);
        XYChart chart = ChartStyle.chart(title, xLabel, scaled.yLabel(), WIDTH, HEIGHT);
        for (int i = 0; i < lines.length; i++) {
            Line line = scaled.lines().get(i);
            ChartStyle.add(chart, Line.of(line.name() + RAW, line.x(), line.y()), ChartStyle.pale(i), 1f);
            chart.getSeries(line.name() + RAW).setShowInLegend(false);
        }
        for (int i = 0; i < lines.length; i++) {
            Line line = scaled.lines().get(i);
            double[] average = smooth(line.y(), weightFor(line.y().length));
            ChartStyle.add(chart, Line.of(line.name(), line.x(), average), ChartStyle.color(i), 2.5f);
        }
        chart.getStyler().setLegendVisible(lines.length > 1);
        return chart;
    }

    /**
     * Draws the losses of a training run: each step's loss thin and pale, their moving average thick.
     *
     * @param history a table with the numeric columns {@code step} and {@code loss}, one row for each step
     * @return the chart
     * @throws IllegalArgumentException if a column is missing or the table has no rows
     */
    public static XYChart lossCurve(Table history) {
        double[] steps = column(history, "step");
        double[] losses = column(history, "loss");
        if (losses.length == 0) {
            throw new IllegalArgumentException(
                    "The table \"" + history.name() + "\" has no rows; train at least one step.");
        }
        XYChart chart = smoothedLines("Training loss", "step", "loss", Line.of("moving average", steps, losses));
        chart.getSeries("moving average" + RAW).setShowInLegend(true).setLabel("each step");
        chart.getStyler().setLegendVisible(true);
        return chart;
    }

    /**
     * Draws how values are distributed.
     *
     * @param title the title; empty for none
     * @param xLabel what the values are, with their unit
     * @param values the values, at least one; NaN and infinities are left out
     * @param bins the number of bars, at least 1
     * @return the chart
     * @throws IllegalArgumentException if no finite value or no bar is given
     */
    public static XYChart histogram(String title, String xLabel, double[] values, int bins) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        if (finite.length == 0 || bins < 1) {
            throw new IllegalArgumentException("A histogram needs a finite value and a bar; found " + finite.length
                    + " finite values and " + bins + " bars.");
        }
        double low = Arrays.stream(finite).min().getAsDouble();
        double high = Arrays.stream(finite).max().getAsDouble();
        double width = high > low ? (high - low) / bins : 1;
        var counts = new long[bins];
        for (double value : finite) {
            counts[(int) Math.min(bins - 1, (value - low) / width)]++;
        }
        XYChart chart = ChartStyle.chart(title, xLabel, "count", WIDTH, HEIGHT);
        chart.getStyler().setLegendVisible(false);
        chart.getStyler().setYAxisMin(0.0);
        bars(chart, counts, low, width);
        return chart;
    }

    /**
     * Smooths a series by an exponential moving average that is corrected for its start, so that the first value is not
     * favoured.
     *
     * @param values the values; NaN and infinities are passed over and repeat the average so far
     * @param weight how much of the past each value keeps, from 0 (no smoothing) to below 1
     * @return as many values
     */
    public static double[] smooth(double[] values, double weight) {
        if (!(weight >= 0 && weight < 1)) {
            throw new IllegalArgumentException("weight is " + weight + "; give a number from 0 to below 1.");
        }
        var smoothed = new double[values.length];
        double sum = 0;
        double mass = 0;
        for (int i = 0; i < values.length; i++) {
            if (Double.isFinite(values[i])) {
                sum = weight * sum + (1 - weight) * values[i];
                mass = weight * mass + (1 - weight);
            }
            smoothed[i] = mass > 0 ? sum / mass : Double.NaN;
        }
        return smoothed;
    }

    /**
     * Draws a chart as an image, on white and at {@link HiDpi#SCALE} pixels for each point.
     *
     * @param chart the chart
     * @return the image, ready to be shown or saved
     */
    public static BufferedImage image(XYChart chart) {
        return RoundTicks.during(chart, () -> draw(chart));
    }

    /**
     * Draws a chart of any kind as an image, at {@link HiDpi#SCALE} pixels for each point. XChart's default grey becomes white; other
     * colours stay.
     *
     * @param chart the chart
     * @return the image, ready to be shown or saved
     */
    public static BufferedImage image(Chart<?, ?> chart) {
        if (chart instanceof XYChart xy) {
            return image(xy);
        }
        Styler styler = chart.getStyler();
        if (new XChartTheme().getChartBackgroundColor().equals(styler.getChartBackgroundColor())) {
            styler.setChartBackgroundColor(Color.WHITE);
        }
        return draw(chart);
    }

    private static BufferedImage draw(Chart<?, ?> chart) {
        int width = chart.getWidth();
        int height = chart.getHeight();
        return HiDpi.draw(width, height, description(chart), g -> chart.paint(g, width, height));
    }

    /**
     * Describes a chart in a line of text.
     *
     * @param chart any chart
     * @return its title, and the names of its series if there are several, for example {@code "chart: Loss (trained, held out)"}
     */
    public static String description(Chart<?, ?> chart) {
        String title = chart.getTitle().isEmpty() ? "chart" : "chart: " + chart.getTitle();
        List<String> series = chart.getSeriesCollection().stream()
                .filter(Series::isShowInLegend)
                .map(Series::getLabel)
                .toList();
        return series.size() < 2 ? title : title + " (" + String.join(", ", series) + ")";
    }

    /** About a tenth of the run is averaged, whatever its length. */
    private static double weightFor(int points) {
        return 1 - 2 / (Math.max(1.0, points / 10.0) + 1);
    }

    private static double[] column(Table table, String name) {
        if (!table.containsColumn(name)) {
            throw new IllegalArgumentException("The table \"" + table.name() + "\" has no column \"" + name
                    + "\"; its columns are " + table.columnNames() + ".");
        }
        return table.numberColumn(name).asDoubleArray();
    }

    /** Bars as one area with steps keep the axis numeric; XChart's own histogram labels each bar instead. */
    private static void bars(XYChart chart, long[] counts, double low, double width) {
        var x = new double[counts.length * 4];
        var y = new double[x.length];
        for (int i = 0; i < counts.length; i++) {
            double left = low + i * width;
            double right = low + (i + 1) * width;
            x[4 * i] = left;
            x[4 * i + 1] = left;
            x[4 * i + 2] = right;
            x[4 * i + 3] = right;
            y[4 * i + 1] = counts[i];
            y[4 * i + 2] = counts[i];
        }
        chart.addSeries("count", x, y)
                .setXYSeriesRenderStyle(XYSeriesRenderStyle.Area)
                .setMarker(SeriesMarkers.NONE)
                .setLineColor(ChartStyle.color(0))
                .setLineWidth(1)
                .setFillColor(ChartStyle.pale(0));
    }
}
