package dev.text2image.progress;

/** Shows how far a long task has come; implemented by the console, by the notebook kernel, or by nobody. */
public interface ProgressListener {
    /** Shows nothing. */
    ProgressListener SILENT = (label, total) -> (done, note, last) -> {};

    /** The total of a task whose number of steps nobody knows. */
    long UNKNOWN = -1;

    /**
     * Starts showing a task.
     *
     * @param label what is being done, for example {@code "train"}
     * @param total the number of steps, at least 0, or {@link #UNKNOWN}
     * @return the view that receives the steps
     */
    View begin(String label, long total);

    /** One task on display. */
    interface View {
        /**
         * Shows a state of the task; called for each step, so that an implementation that is slow must skip some itself.
         *
         * @param done the number of steps done so far
         * @param note a short text for the latest step, for example {@code "loss 0.123"}; may be empty
         * @param last true for the final call, whether the task is complete, has failed or was stopped
         */
        void show(long done, String note, boolean last);
    }
}
