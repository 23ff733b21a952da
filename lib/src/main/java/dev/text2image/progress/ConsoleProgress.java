package dev.text2image.progress;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows progress as one line of text that is rewritten in place on a terminal, and elsewhere as a line every ten per cent, or every
 * ten seconds if the number of steps is not known.
 */
public final class ConsoleProgress implements ProgressListener {
    private static final long NANOS_BETWEEN_UPDATES = 100_000_000L;
    private static final long NANOS_BETWEEN_LINES = 10_000_000_000L;
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
        private long lastMark = -1;
        private long lastDone = -1;

        Line(String label, long total) {
            this.label = label;
            this.total = total;
        }

        @Override
        public void show(long done, String note, boolean last) {
            long now = System.nanoTime();
            long mark = mark(done, now);
            boolean due = terminal ? now - lastShown >= NANOS_BETWEEN_UPDATES : mark > lastMark;
            if (!last && !due) {
                return;
            }
            if (last && !terminal && done == lastDone) {
                return;
            }
            lastShown = now;
            lastMark = mark;
            lastDone = done;
            String text = text(done, note, (now - start) / 1e9);
            if (terminal) {
                out.print("\r" + text + (last ? "\n" : ""));
                out.flush();
            } else {
                out.println(text);
            }
        }

        /** The number of the line that is due elsewhere than on a terminal. */
        private long mark(long done, long now) {
            if (total == UNKNOWN) {
                return (now - start) / NANOS_BETWEEN_LINES;
            }
            return total == 0 ? 10 : done * 10 / total;
        }

        private String text(long done, String note, double seconds) {
            double perSecond = seconds > 0 ? done / seconds : 0;
            String line =
                    label + " " + count(done) + String.format(Locale.ROOT, "  %.0f s, %.2f/s", seconds, perSecond);
            return note.isEmpty() ? line : line + "  " + note;
        }

        private String count(long done) {
            if (total == UNKNOWN) {
                return String.valueOf(done);
            }
            int filled = total == 0 ? BAR_WIDTH : (int) Math.min(BAR_WIDTH, done * BAR_WIDTH / total);
            return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "] " + done + "/" + total;
        }
    }
}
