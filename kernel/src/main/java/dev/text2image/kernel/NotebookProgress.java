package dev.text2image.kernel;

import dev.text2image.kernel.docs.HtmlText;
import dev.text2image.kernel.stop.StoppableLoops;
import dev.text2image.kernel.views.Html;
import dev.text2image.progress.ProgressListener;
import java.util.Locale;

/** Shows progress as a bar in the cell's output, updated in place; shows nothing outside a notebook. */
public final class NotebookProgress implements ProgressListener {
    private static final double UPDATES_PER_SECOND = 8;
    private static final String RUNNING = "#0072b2";
    private static final String STOPPED = "#d55e00";

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
        boolean known = total != UNKNOWN;
        boolean stopped = last && known && done < total;
        String name = label.isEmpty() ? "" : label + " ";
        String count = (known ? done + "/" + total : String.valueOf(done)) + " [" + duration(seconds)
                + rate(done, seconds) + timeLeft(done, total, seconds, last) + "]";
        String state = stopped ? " stopped" : last ? " done" : "";
        String text = name + count + (known ? state : "") + (note.isEmpty() ? "" : "  " + note);
        String html = "<div style=\"font-family: monospace; white-space: nowrap\">" + HtmlText.escape(name)
                + bar(done, total, last, stopped) + HtmlText.escape(count)
                + (stopped ? " <b style=\"color: " + STOPPED + "\">stopped</b>" : "")
                + (note.isEmpty() ? "" : " " + HtmlText.escape(note)) + "</div>";
        return new Html(html, text);
    }

    private static String timeLeft(long done, long total, double seconds, boolean last) {
        boolean shown = total != UNKNOWN && !last && done > 0;
        return shown ? ", " + duration(seconds / done * (total - done)) + " left" : "";
    }

    /** Without a value the browser shows a bar that moves to and fro. */
    private static String bar(long done, long total, boolean last, boolean stopped) {
        String value = "";
        if (total != UNKNOWN) {
            value = " value=\"" + (total == 0 ? 1 : done) + "\" max=\"" + Math.max(1, total) + "\"";
        } else if (last) {
            value = " value=\"1\" max=\"1\"";
        }
        return "<progress" + value + " style=\"width: 240px; vertical-align: middle; accent-color: "
                + (stopped ? STOPPED : RUNNING) + "\"></progress> ";
    }

    private static String rate(long done, double seconds) {
        if (done == 0 || seconds <= 0) {
            return "";
        }
        double rate = done / seconds;
        return rate >= 1
                ? String.format(Locale.ROOT, rate < 100 ? ", %.1f/s" : ", %,.0f/s", rate)
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
