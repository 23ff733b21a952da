package dev.text2image.progress;

import java.util.Collection;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The progress of one long task, reported to a {@link ProgressListener}, and the place where the task can be stopped. */
public final class Progress implements AutoCloseable {
    private static volatile @Nullable ProgressListener defaultListener;

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
     * Returns the listener that tasks report to when they are given no other.
     *
     * @return the one that was set, or one that shows nothing
     */
    public static ProgressListener defaultListener() {
        ProgressListener listener = defaultListener;
        return listener == null ? ProgressListener.SILENT : listener;
    }

    /**
     * Starts a task that reports to the default listener; if none was set, to nobody.
     *
     * @param label what is being done
     * @param total the number of steps, or {@link ProgressListener#UNKNOWN}
     * @return the task's progress, to be closed at its end
     */
    public static Progress start(String label, long total) {
        return start(label, total, defaultListener());
    }

    /**
     * Lets a loop show its progress, to the default listener; if none was set, as text on the error stream.
     *
     * @param <T> what the loop is over
     * @param items what the loop is over; how many there are is known of a collection only
     * @param label what is being done
     * @return what to write behind the colon of {@code for (var item : ...)}
     */
    public static <T> ProgressLoop<T> over(Iterable<? extends T> items, String label) {
        long total = items instanceof Collection<?> collection ? collection.size() : ProgressListener.UNKNOWN;
        return new ProgressLoop<>(items, total, label, loopListener());
    }

    /**
     * Lets a loop over 0, 1, ..., n - 1 show its progress, as {@link #over}.
     *
     * @param n the number of steps
     * @param label what is being done
     * @return what to write behind the colon of {@code for (int step : ...)}
     * @throws IllegalArgumentException if n is negative
     */
    public static ProgressLoop<Integer> range(int n, String label) {
        if (n < 0) {
            throw new IllegalArgumentException("n is " + n + "; a loop has 0 steps or more.");
        }
        return new ProgressLoop<>(() -> IntStream.range(0, n).iterator(), n, label, loopListener());
    }

    private static ProgressListener loopListener() {
        ProgressListener listener = defaultListener;
        return listener == null ? new ConsoleProgress(System.err, false) : listener;
    }

    /**
     * Starts a task.
     *
     * @param label what is being done
     * @param total the number of steps, or {@link ProgressListener#UNKNOWN}
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
        steps(1, note);
    }

    /**
     * Counts several steps as done, or none to show a note.
     *
     * @param count how many
     * @param note a short text for their end
     * @throws CancellationException if the thread was interrupted
     */
    public void steps(long count, String note) {
        this.note = note;
        done += count;
        view.show(done, note, false);
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
