package dev.text2image.plots;

import java.io.PrintStream;
import java.util.function.Supplier;
import org.knowm.xchart.XYChart;

/** Shows a growing chart as a line of text with its latest points, every few seconds and at the end. */
public final class TextCharts implements ChartListener {
    private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;

    private final PrintStream out;

    /**
     * Creates the listener.
     *
     * @param out where the lines go
     */
    public TextCharts(PrintStream out) {
        this.out = out;
    }

    @Override
    public View begin(String title) {
        return new Lines(title.isEmpty() ? "chart" : title);
    }

    private final class Lines implements View {
        private final String title;
        private long lastShown = System.nanoTime();

        Lines(String title) {
            this.title = title;
        }

        @Override
        public void show(Supplier<XYChart> chart, String text, boolean last) {
            long now = System.nanoTime();
            if (last || now - lastShown >= NANOS_BETWEEN_LINES) {
                lastShown = now;
                out.println(title + ": " + text);
            }
        }
    }
}
