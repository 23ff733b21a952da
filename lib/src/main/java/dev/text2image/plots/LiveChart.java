package dev.text2image.plots;

import dev.text2image.progress.OpenViews;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.XYChart;

/**
 * A chart that grows while code runs: in a notebook as a picture in the cell's output, elsewhere as a line of text now and then.
 *
 * <pre>{@code
 * var chart = LiveChart.of("Training loss", "step", "loss");
 * chart.add(step, loss);
 * }</pre>
 *
 * <p>Each series is drawn thin, with its moving average thick. The last points are drawn when a notebook's statement ends, or when
 * the chart is closed.
 */
public final class LiveChart implements AutoCloseable {
    private static volatile ChartListener defaultListener = new TextCharts(System.err);

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final Map<String, Points> series = new LinkedHashMap<>();
    private final ChartListener listener;
    private final Runnable last = this::close;
    private ChartListener.@Nullable View view;
    private boolean complete = true;

    private LiveChart(String title, String xLabel, String yLabel, ChartListener listener) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.listener = listener;
    }

    /**
     * Makes a listener the one that shows charts; the notebook kernel calls it once at its start.
     *
     * @param listener the new default
     */
    public static void setDefaultListener(ChartListener listener) {
        defaultListener = listener;
    }

    /**
     * Makes a chart without points; it appears with its first point.
     *
     * @param title the title; empty for none
     * @param xLabel what the x axis shows, for example {@code "step"}
     * @param yLabel what the y axis shows, for example {@code "loss"}
     * @return the chart
     */
    public static LiveChart of(String title, String xLabel, String yLabel) {
        return new LiveChart(title, xLabel, yLabel, defaultListener);
    }

    /**
     * Adds a point to the series that is named as the y axis.
     *
     * @param x the abscissa
     * @param y the ordinate; NaN leaves a gap
     * @throws java.util.concurrent.CancellationException if the cell was stopped
     */
    public void add(double x, double y) {
        add(yLabel.isEmpty() ? "value" : yLabel, x, y);
    }

    /**
     * Adds a point; the picture follows, once or twice each second.
     *
     * @param name the series, which is made by its first point
     * @param x the abscissa
     * @param y the ordinate; NaN leaves a gap
     * @throws java.util.concurrent.CancellationException if the cell was stopped
     */
    public synchronized void add(String name, double x, double y) {
        series.computeIfAbsent(name, key -> new Points()).add(x, y);
        if (complete) {
            complete = false;
            OpenViews.add(last);
        }
        show(false);
    }

    private void show(boolean isLast) {
        ChartListener.View current = view;
        if (current == null) {
            current = listener.begin(title);
            view = current;
        }
        current.show(this::chart, latest(), isLast);
    }

    /**
     * Draws the points so far, long series thinned by averaging.
     *
     * @return the chart
     */
    public synchronized XYChart chart() {
        Line[] lines = series.entrySet().stream()
                .map(entry -> entry.getValue().line(entry.getKey()))
                .toArray(Line[]::new);
        return Charts.smoothedLines(title, xLabel, yLabel, lines);
    }

    /** Draws the last state; more points may follow. */
    @Override
    public synchronized void close() {
        if (!complete) {
            complete = true;
            OpenViews.remove(last);
            show(true);
        }
    }

    /**
     * Describes the chart by its latest points.
     *
     * @return for example {@code "Training loss: step 20, loss 0.123"}
     */
    @Override
    public synchronized String toString() {
        String name = title.isEmpty() ? "chart" : title;
        return name + ": " + (series.isEmpty() ? "no points" : latest());
    }

    private String latest() {
        var text = new StringJoiner(", ");
        double shownX = Double.NaN;
        for (Map.Entry<String, Points> entry : series.entrySet()) {
            Points points = entry.getValue();
            if (points.lastX() != shownX) {
                shownX = points.lastX();
                text.add((xLabel.isEmpty() ? "x" : xLabel) + " " + AxisLabels.format(shownX));
            }
            text.add(entry.getKey() + " " + AxisLabels.format(points.lastY()));
        }
        return text.toString();
    }
}
