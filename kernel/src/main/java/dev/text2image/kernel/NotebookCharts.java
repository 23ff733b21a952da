package dev.text2image.kernel;

import dev.text2image.kernel.stop.StoppableLoops;
import dev.text2image.plots.ChartListener;

/** Shows a growing chart as a picture in the cell's output, replaced once or twice each second. */
final class NotebookCharts implements ChartListener {
    private static final double UPDATES_PER_SECOND = 1.5;

    @Override
    public View begin(String title) {
        var slot = new Slot(UPDATES_PER_SECOND);
        return (chart, text, last) -> {
            if (!last) {
                StoppableLoops.checkCall();
            }
            slot.show(chart::get, last);
        };
    }
}
