package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;

/**
 * A sampler: it turns noise into an image, one model call at a time.
 *
 * <p>Schedulers are immutable. A run starts with {@link #start}; see the package description for the loop. All arithmetic is done in
 * float32, whatever the type of the sample.
 *
 * <p>A subclass lays out a run as noise levels, one for each call of the model, and says in {@link #advance} what one call does to
 * the sample; {@link Schedulers} registers it.
 */
public abstract class Scheduler {
    private final SchedulerConfig config;
    private final NoiseSchedule noiseSchedule;

    /** Takes a configuration of whatever class and names this one in it. */
    Scheduler(String className, SchedulerConfig config) {
        this.config = config.toBuilder().className(className).build();
        this.noiseSchedule = NoiseSchedule.from(config);
    }

    /**
     * Returns the configuration.
     *
     * @return the configuration, with the class name of this scheduler
     */
    public final SchedulerConfig config() {
        return config;
    }

    /**
     * Returns the forward process that the model was trained with.
     *
     * @return the noise schedule
     */
    public final NoiseSchedule noiseSchedule() {
        return noiseSchedule;
    }

    /**
     * Starts a sampling run.
     *
     * @param numInferenceSteps the number of steps, from 1 to the number of timesteps in training
     * @return the state before the first step, which holds no arrays
     * @throws IllegalArgumentException if the number of steps is out of range, or a timestep would be
     */
    public abstract SamplingState start(int numInferenceSteps);

    /**
     * Takes one step towards the image.
     *
     * @param state the current state; it stays valid and unchanged
     * @param modelOutput what the model predicted for the scaled sample at {@code state.timestep()}, in the sample's shape; it is
     *     copied where it is needed later, so that it may be closed after the step
     * @param sample the current sample, not scaled, of any shape, usually (b, c, h, w)
     * @param noise where random numbers come from; see the scheduler for whether it draws any
     * @return the next sample, attached to the manager of {@code sample}, and the next state
     * @throws IllegalArgumentException if the shapes do not fit or the state is another scheduler's
     * @throws IllegalStateException if the run is complete or the state was closed
     */
    public final StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise) {
        try (Step step = new Step(config, state, modelOutput, sample, noise)) {
            return step.finish(advance(step));
        }
    }

    /** Computes the next sample, in the scratch space of the step; what the next call needs is given to {@link Step#remember}. */
    abstract NDArray advance(Step step);

    /**
     * Scales a sample to what the model expects.
     *
     * @param state the current state
     * @param sample the current sample
     * @return the model's input: a new array, attached to the manager of {@code sample}
     */
    public final NDArray scaleModelInput(SamplingState state, NDArray sample) {
        float scale = state.level().scale();
        return scale == 1 ? sample.duplicate() : sample.div(scale);
    }

    /** Lays out a run along the timesteps of training that ends with a share {@code finalAlpha} of the image's variance. */
    final SamplingState startAt(int[] timesteps, int numInferenceSteps, float finalAlpha) {
        List<NoiseLevel> levels = new ArrayList<>();
        for (int timestep : timesteps) {
            levels.add(NoiseLevel.ofAlpha(timestep, noiseSchedule.alphaCumprod(timestep)));
        }
        levels.add(NoiseLevel.ofAlpha(-1, finalAlpha));
        return new SamplingState(config, levels, numInferenceSteps, 1);
    }

    /** Returns the image's share of the variance at a timestep, or after the last step for a negative one. */
    final float alphaAt(int timestep, float finalAlpha) {
        return timestep < 0 ? finalAlpha : noiseSchedule.alphaCumprod(timestep);
    }

    /** Returns where a run ends: at the image itself, or at timestep 0 if {@code set_alpha_to_one} or its default says so. */
    final float finalAlpha(boolean oneByDefault) {
        Boolean chosen = config.setAlphaToOne();
        return (chosen == null ? oneByDefault : chosen) ? 1 : noiseSchedule.alphaCumprod(0);
    }
}
