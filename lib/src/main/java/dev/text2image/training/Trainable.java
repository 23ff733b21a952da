package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.MicroBatch;
import dev.text2image.training.parallel.Replica;
import dev.text2image.training.records.ValidationResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Trainer} trains: the weights that get gradients, and how the models are called to give them. The trainer does the rest:
 * accumulation, clipping, optimizer, averages, learning rate, checkpoints, records, and several devices.
 *
 * @param <B> a micro-batch
 */
public interface Trainable<B extends MicroBatch<B>> extends Replica<B> {
    /** Opens what a run trains. */
    @FunctionalInterface
    interface Opener {
        /**
         * Loads data and models; what is cheap to check is checked before what is slow to load.
         *
         * @param config the hyper-parameters
         * @param precision the number format that the run computes in
         * @param checkpoint the checkpoint to go on from, or null
         * @return what is trained, to be closed by the caller
         * @throws dev.text2image.io.InvalidInputException if model, data or configuration cannot be used
         */
        Trainable<?> open(TrainingConfig config, Precision precision, @Nullable Path checkpoint);
    }

    /**
     * Returns where the weights are that the optimizer changes.
     *
     * @return the first device of the run
     */
    Device device();

    /**
     * Returns the weights that are trained.
     *
     * @return at least one, the same objects each time
     */
    List<TrainedWeights> trained();

    @Override
    default List<Weights> weights() {
        return trained().stream().map(TrainedWeights::weights).toList();
    }

    /**
     * Loads the same models on another device.
     *
     * @param device the device
     * @return what gives gradients there, to be closed by the caller; the values of its trained weights do not matter
     */
    Replica<B> replica(Device device);

    /**
     * Returns the number of images that are trained on.
     *
     * @return at least 1
     */
    int images();

    /**
     * Returns the number of broken images that are left out.
     *
     * @return at least 0
     */
    default int leftOut() {
        return 0;
    }

    /**
     * Returns the number of micro-batches in an epoch.
     *
     * @return at least 1
     */
    int batchesPerEpoch();

    /**
     * Makes a micro-batch. Data and random numbers depend on its place and the run's seed only.
     *
     * @param scratch owner of its arrays, which are made on its device
     * @param epoch the epoch, from 0
     * @param index the micro-batch within the epoch, from 0
     * @return the micro-batch, of all devices together
     */
    B batch(NDManager scratch, int epoch, int index);

    /**
     * Takes in changed hyper-parameters; only those change that may while a run goes on.
     *
     * @param config the hyper-parameters from the next step on
     */
    default void reconfigure(TrainingConfig config) {}

    /**
     * Measures the loss on validation images.
     *
     * @param step the optimizer steps done
     * @param choice which weights are measured: the trained ones or their average
     * @return the loss; empty if there are no such images
     */
    default Optional<ValidationResult> validate(int step, Function<TrainedWeights, Weights> choice) {
        return Optional.empty();
    }

    /**
     * Makes a pipeline that samples.
     *
     * @param choice which weights it samples with: the trained ones or their average
     * @return the pipeline; empty if what is trained makes no images by itself
     */
    default Optional<StableDiffusionPipeline> pipeline(Function<TrainedWeights, Weights> choice) {
        return Optional.empty();
    }

    /** Frees what only sampling has needed. */
    default void freeUnused() {}

    /**
     * Writes the result of the run to its output directory.
     *
     * @param choice which weights are written: the trained ones or their average
     * @return the directory of the result
     */
    Path save(Function<TrainedWeights, Weights> choice);
}
