package dev.text2image.progress;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows progress as one line of text that is rewritten in place on a terminal, and as a line every ten per cent elsewhere.
 */
public final class ConsoleProgress implements ProgressListener {
    private static final long NANOS_BETWEEN_UPDATES = 100_000_000L;
    private static final int BAR_WIDTH = 24;

    private final PrintStream out;
    private final boolean terminal;

    /**
     * Creates the listener.
     *
     * @param out where the lines go
     * @param terminal true if {@code out} is a terminal that understands carriage returns
     */
    public ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public View begin(String label, long total) {
        return new Line(label, total);
    }

    private final class Line implements View {
        private final String label;
        private final long total;
        private final long start = System.nanoTime();
        private long lastShown = start - NANOS_BETWEEN_UPDATES;
        private long lastTenth = -1;

        Line(String label, long total) {
            this.label = label;
            this.total = total;
        }

        @Override
        public void show(long done, String note, boolean last) {
            long now = System.nanoTime();
            long tenth = total == 0 ? 10 : done * 10 / total;
            boolean due = terminal ? now - lastShown >= NANOS_BETWEEN_UPDATES : tenth > lastTenth;
            if (!last && !due) {
                return;
            }
            if (last && !terminal && tenth == lastTenth) {
                return;
            }
            lastShown = now;
            lastTenth = tenth;
            String text = text(done, note, (now - start) / 1e9);
            if (terminal) {
                out.print("\r" + text + (last ? "\n" : ""));
                out.flush();
            } else {
                out.println(text);
            }
        }

        private String text(long done, String note, double seconds) {
            int filled = total == 0 ? BAR_WIDTH : (int) Math.min(BAR_WIDTH, done * BAR_WIDTH / total);
            String bar = "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled);
            double perSecond = seconds > 0 ? done / seconds : 0;
            String line = String.format(
                    Locale.ROOT, "%s [%s] %d/%d  %.0f s, %.2f/s", label, bar, done, total, seconds, perSecond);
            return note.isEmpty() ? line : line + "  " + note;
        }
    }
}
