package dev.text2image.plots;

import java.util.function.Supplier;
import org.knowm.xchart.XYChart;

/** Shows charts that grow; implemented by the notebook kernel, and as lines of text by {@link TextCharts}. */
@FunctionalInterface
public interface ChartListener {
    /** Shows nothing. */
    ChartListener SILENT = title -> (chart, text, last) -> {};

    /**
     * Starts showing a chart.
     *
     * @param title the chart's title; may be empty
     * @return the view that receives the chart's states
     */
    View begin(String title);

    /** One chart on display. */
    @FunctionalInterface
    interface View {
        /**
         * Shows a state of the chart; called for each point, so that an implementation that is slow must skip some itself.
         *
         * @param chart draws the chart
         * @param text the latest point of each series, for example {@code "step 20, loss 0.123"}
         * @param last true if no point has come since the last call and none is expected for now
         */
        void show(Supplier<XYChart> chart, String text, boolean last);
    }
}
