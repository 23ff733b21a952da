package dev.text2image.kernel;

import dev.text2image.plots.Charts;
import dev.text2image.plots.Line;
import java.util.LinkedHashMap;
import java.util.Map;
import org.knowm.xchart.XYChart;

/**
 * A chart in the cell's output that grows while the cell runs; shows nothing outside a notebook.
 *
 * <p>Each series is drawn thin, with its moving average thick. Use it in a {@code try} statement, so that the last points are
 * drawn whatever happens.
 */
public final class LiveChart implements AutoCloseable {
    private static final double UPDATES_PER_SECOND = 1.5;

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final Map<String, Points> series = new LinkedHashMap<>();
    private final Slot slot = new Slot(UPDATES_PER_SECOND);

    private LiveChart(String title, String xLabel, String yLabel) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
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
        return new LiveChart(title, xLabel, yLabel);
    }

    /**
     * Adds a point; the picture follows, once or twice each second.
     *
     * @param name the series, which is made by its first point
     * @param x the abscissa
     * @param y the ordinate
     * @throws java.util.concurrent.CancellationException if the cell was stopped
     */
    public synchronized void add(String name, double x, double y) {
        series.computeIfAbsent(name, key -> new Points()).add(x, y);
        StoppableLoops.checkCall();
        slot.show(this::chart, false);
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

    /** Draws the last state. */
    @Override
    public synchronized void close() {
        if (!series.isEmpty()) {
            slot.show(this::chart, true);
        }
    }
}
