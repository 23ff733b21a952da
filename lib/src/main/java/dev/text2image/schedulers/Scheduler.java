package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;

/**
 * A sampler: it turns noise into an image, one model call at a time.
 *
 * <p>Schedulers are immutable. A run starts with {@link #start}; see the package description for the loop. All arithmetic is done in
 * float32, whatever the type of the sample.
 */
public sealed interface Scheduler permits DDPMScheduler, DDIMScheduler, PNDMScheduler {
    /**
     * Returns the configuration.
     *
     * @return the configuration, with the class name of this scheduler
     */
    SchedulerConfig config();

    /**
     * Returns the forward process that the model was trained with.
     *
     * @return the noise schedule
     */
    NoiseSchedule noiseSchedule();

    /**
     * Starts a sampling run.
     *
     * @param numInferenceSteps the number of steps, from 1 to the number of timesteps in training
     * @return the state before the first step, which holds no arrays
     * @throws IllegalArgumentException if the number of steps is out of range, or a timestep would be
     */
    SamplingState start(int numInferenceSteps);

    /**
     * Takes one step towards the image.
     *
     * @param state the current state; it stays valid and unchanged
     * @param modelOutput what the model predicted for the sample at {@code state.timestep()}, in the sample's shape; it is copied
     *     where it is needed later, so that it may be closed after the step
     * @param sample the current sample, of any shape, usually (b, c, h, w)
     * @param noise where random numbers come from; see the scheduler for whether it draws any
     * @return the next sample, attached to the manager of {@code sample}, and the next state
     * @throws IllegalArgumentException if the shapes do not fit or the state is another scheduler's
     * @throws IllegalStateException if the run is complete or the state was closed
     */
    StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise);

    /**
     * Scales a sample to what the model expects.
     *
     * @param state the current state
     * @param sample the current sample
     * @return the model's input: a new array, attached to the manager of {@code sample}
     */
    default NDArray scaleModelInput(SamplingState state, NDArray sample) {
        return sample.duplicate();
    }

    /**
     * Returns the standard deviation of the noise that a run starts from.
     *
     * @return the factor for standard normal noise
     */
    default float initNoiseSigma() {
        return 1;
    }
}
