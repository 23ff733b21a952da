package dev.text2image.progress;

import java.util.concurrent.CancellationException;

/** The progress of one long task, reported to a {@link ProgressListener}, and the place where the task can be stopped. */
public final class Progress implements AutoCloseable {
    private static volatile ProgressListener defaultListener = ProgressListener.SILENT;

    private final ProgressListener.View view;
    private long done;
    private String note = "";

    private Progress(ProgressListener.View view) {
        this.view = view;
    }

    /**
     * Makes a listener the one that tasks report to when they are given no other; the command line and the notebook kernel call
     * it once at their start.
     *
     * @param listener the new default
     */
    public static void setDefaultListener(ProgressListener listener) {
        defaultListener = listener;
    }

    /**
     * Starts a task that reports to the default listener.
     *
     * @param label what is being done
     * @param total the number of steps
     * @return the task's progress, to be closed at its end
     */
    public static Progress start(String label, long total) {
        return start(label, total, defaultListener);
    }

    /**
     * Starts a task.
     *
     * @param label what is being done
     * @param total the number of steps
     * @param listener who shows it
     * @return the task's progress, to be closed at its end
     */
    public static Progress start(String label, long total, ProgressListener listener) {
        checkInterrupted();
        return new Progress(listener.begin(label, total));
    }

    /**
     * Counts one step as done.
     *
     * @throws CancellationException if the thread was interrupted
     */
    public void step() {
        step("");
    }

    /**
     * Counts one step as done.
     *
     * @param note a short text for this step, for example {@code "loss 0.123"}
     * @throws CancellationException if the thread was interrupted
     */
    public void step(String note) {
        this.note = note;
        view.show(++done, note, false);
        checkInterrupted();
    }

    /** Shows the final state. */
    @Override
    public void close() {
        view.show(done, note, true);
    }

    /**
     * Ends the calling loop if somebody asked for it.
     *
     * @throws CancellationException if the thread was interrupted; the interrupt flag is cleared, as
     *     {@link InterruptedException} does
     */
    public static void checkInterrupted() {
        if (Thread.interrupted()) {
            throw new CancellationException("Stopped.");
        }
    }
}
