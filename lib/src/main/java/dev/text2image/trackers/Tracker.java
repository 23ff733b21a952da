package dev.text2image.trackers;

import dev.text2image.data.images.RgbImage;
import java.util.List;
import java.util.Map;

/**
 * Records what happens in a run (accelerate's {@code GeneralTracker}).
 *
 * <p>{@link #start} comes first, and {@link #close} last; in between the run calls the other methods in the order of its steps, by
 * one thread at a time. What a method was given is in the file when it returns, so a run that is killed loses nothing. An
 * interrupted thread can record, so that a run can say that it was stopped, but not start. All methods throw
 * {@link java.io.UncheckedIOException} if they cannot write, and those between {@code start} and {@code close} throw
 * {@link IllegalStateException} outside of the two.
 */
public interface Tracker extends AutoCloseable {
    /**
     * Opens the record.
     *
     * @param start where the run starts and with which hyper-parameters
     * @throws java.util.concurrent.CancellationException if the thread is interrupted, where a tracker checks it
     */
    void start(RunStart start);

    /**
     * Records numbers.
     *
     * @param step the optimizer step that they belong to
     * @param values a number for each name, such as train_loss; not-a-number and infinities are allowed
     */
    void scalars(long step, Map<String, Double> values);

    /**
     * Records images that belong together.
     *
     * @param step the optimizer step after which they were made
     * @param tag what they show, such as validation
     * @param images at least one, all of one size
     * @throws IllegalArgumentException if there is none or the sizes differ
     */
    void images(long step, String tag, List<RgbImage> images);

    /**
     * Records a text.
     *
     * @param step the optimizer step that it belongs to
     * @param tag what it is
     * @param text the text; TensorBoard shows Markdown
     */
    void text(long step, String tag, String text);

    /**
     * Records that something happened that is not a measurement.
     *
     * @param event what happened
     */
    void event(RunEvent event);

    /** Forces everything to the disk, so that a power loss cannot take it; for the moment after a checkpoint. */
    void flush();

    /** Closes the files; further calls do nothing. */
    @Override
    void close();

    /**
     * Joins trackers into one.
     *
     * @param trackers the trackers, each called in this order; none makes a tracker that records nothing
     * @return a tracker that owns them: closing it closes all
     */
    static Tracker all(List<? extends Tracker> trackers) {
        return new CompositeTracker(List.copyOf(trackers));
    }
}
