package dev.text2image.kernel.magics;

import dev.text2image.kernel.views.Html;
import dev.text2image.kernel.views.Sheet;
import java.util.List;

/** The list of what a cell has at hand. */
final class Help {
    private static final List<Magics.Entry> HELPERS = List.of(
            new Magics.Entry(
                    "for (var item : progress(items, \"label\"))", "a progress bar for a loop; progress(100) counts"),
            new Magics.Entry(
                    "liveChart(\"Loss\", \"step\", \"loss\").add(step, loss)",
                    "a chart that grows while the cell runs"),
            new Magics.Entry(
                    "grid(images, captions, columns)",
                    "many images as one picture; captions and columns can be left out"),
            new Magics.Entry("sideBySide(\"base\", before, \"tuned\", after)", "images compared, a row for each name"),
            new Magics.Entry(
                    "Charts.lines(title, x, y, Line.of(name, values))",
                    "a chart; also histogram, lossCurve, smoothedLines"),
            new Magics.Entry("askToken(\"Token: \")", "asks for a token of the hub without showing it"),
            new Magics.Entry("model.summary()", "a model by its blocks"));

    private Help() {}

    static Html show() {
        var sheet = new Sheet("").left("write").left("for");
        sheet.across("magics, each on a line of its own");
        Magics.MAGICS.forEach(entry -> sheet.row(entry.use(), entry.meaning()));
        sheet.across("helpers");
        HELPERS.forEach(entry -> sheet.row(entry.use(), entry.meaning()));
        return sheet.note("Tab completes a name, Shift-Tab tells what it is, and the Stop button ends any loop.")
                .html();
    }
}
