package dev.text2image.schedulers.samplers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import dev.text2image.schedulers.VarianceType;
import dev.text2image.torch.Scalars;

/**
 * Ancestral sampling of DDPM (arXiv 2006.11239, algorithm 2). It draws noise at every step but the one at timestep 0.
 *
 * <p>Training uses its {@link #noiseSchedule}, whatever scheduler samples later.
 */
public final class DDPMScheduler extends Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DDPMScheduler";

    private static final float MIN_VARIANCE = 1e-20f;

    private final CleanLimit limit;

    private DDPMScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, TimestepSpacing.LEADING);
        this.limit = CleanLimit.of(config, true);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     */
    public static DDPMScheduler from(SchedulerConfig config) {
        return new DDPMScheduler(config);
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        return startAt(Timesteps.whole(config(), numInferenceSteps, timestepSpacing()), numInferenceSteps, 1);
    }

    /**
     * Starts a sampling run at timesteps of the caller's choice.
     *
     * @param timesteps the timesteps, strictly descending
     * @return the state before the first step
     * @throws IllegalArgumentException if there is none, they do not descend or one is outside those of training
     */
    public SamplingState startAt(int... timesteps) {
        Timesteps.check(config(), timesteps);
        return startAt(timesteps, timesteps.length, 1);
    }

    @Override
    protected NDArray advance(Step step) {
        int timestep = step.timestep();
        int previous = (int) step.nextLevel().timestep();
        float alpha = noiseSchedule().alphaCumprod(timestep);
        float alphaBefore = alphaAt(previous, 1);
        float stepAlpha = alpha / alphaBefore;
        float cleanScale = sqrt(alphaBefore) * (1 - stepAlpha) / (1 - alpha);
        float sampleScale = sqrt(stepAlpha) * (1 - alphaBefore) / (1 - alpha);
        NDArray mean = Scalars.mul(limit.apply(step.clean()), cleanScale).add(Scalars.mul(step.sample(), sampleScale));
        return timestep == 0 ? mean : mean.add(Scalars.mul(step.noise(), standardDeviation(timestep, previous)));
    }

    /**
     * Returns the variance of the noise that a step adds.
     *
     * @param timestep where the step starts
     * @param previousTimestep where it leads, or -1 for the image itself
     * @return the variance according to {@code variance_type}, in single precision
     */
    float variance(int timestep, int previousTimestep) {
        float alpha = noiseSchedule().alphaCumprod(timestep);
        float alphaBefore = alphaAt(previousTimestep, 1);
        float beta = 1 - alpha / alphaBefore;
        return config().varianceType() == VarianceType.FIXED_LARGE
                ? beta
                : Math.max((1 - alphaBefore) / (1 - alpha) * beta, MIN_VARIANCE);
    }

    private float standardDeviation(int timestep, int previousTimestep) {
        float variance = variance(timestep, previousTimestep);
        return config().varianceType() == VarianceType.FIXED_SMALL_LOG
                ? (float) Math.exp(0.5f * (float) Math.log(variance))
                : sqrt(variance);
    }
}
