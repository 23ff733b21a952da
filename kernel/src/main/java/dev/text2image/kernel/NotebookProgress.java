package dev.text2image.kernel;

import dev.text2image.progress.ProgressListener;
import java.util.Locale;

/** Shows progress as a bar in the cell's output, updated in place; shows nothing outside a notebook. */
public final class NotebookProgress implements ProgressListener {
    private static final double UPDATES_PER_SECOND = 8;

    /** Creates the listener. */
    public NotebookProgress() {}

    @Override
    public View begin(String label, long total) {
        if (!Slot.isAvailable()) {
            return SILENT.begin(label, total);
        }
        var bar = new Bar(label, total);
        bar.show(0, "", false);
        return bar;
    }

    /** The bar's text and HTML in one state. */
    static Html render(String label, long done, long total, double seconds, String note, boolean last) {
        boolean stopped = last && done < total;
        String count = done + "/" + total + " [" + duration(seconds) + rate(done, seconds)
                + (last || done == 0 ? "" : ", " + duration(seconds / done * (total - done)) + " left") + "]";
        String state = stopped ? "stopped" : last ? "done" : "";
        String text = label + " " + count + (state.isEmpty() ? "" : " " + state) + (note.isEmpty() ? "" : "  " + note);
        String html = "<div style=\"font-family: monospace; white-space: nowrap\">" + Html.escape(label)
                + " <progress value=\"" + (total == 0 ? 1 : done) + "\" max=\"" + Math.max(1, total)
                + "\" style=\"width: 240px; vertical-align: middle\"></progress> " + Html.escape(count)
                + (stopped ? " <b style=\"color: #d55e00\">stopped</b>" : "")
                + (note.isEmpty() ? "" : " " + Html.escape(note)) + "</div>";
        return new Html(html, text);
    }

    private static String rate(long done, double seconds) {
        if (done == 0 || seconds <= 0) {
            return "";
        }
        double rate = done / seconds;
        return rate >= 1
                ? String.format(Locale.ROOT, ", %.1f/s", rate)
                : String.format(Locale.ROOT, ", %.1f s each", 1 / rate);
    }

    private static String duration(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d h", whole / 3600, whole / 60 % 60);
    }

    private static final class Bar implements View {
        private final String label;
        private final long total;
        private final long start = System.nanoTime();
        private final Slot slot = new Slot(UPDATES_PER_SECOND);

        Bar(String label, long total) {
            this.label = label;
            this.total = total;
        }

        @Override
        public void show(long done, String note, boolean last) {
            if (!last) {
                StoppableLoops.check();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            slot.show(() -> render(label, done, total, seconds, note, last), last);
        }
    }
}
