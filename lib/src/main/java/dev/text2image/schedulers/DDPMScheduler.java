package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;

/**
 * Ancestral sampling of DDPM (arXiv 2006.11239, algorithm 2). It draws noise at every step but the one at timestep 0.
 *
 * <p>Training uses its {@link #noiseSchedule}, whatever scheduler samples later.
 */
public final class DDPMScheduler implements Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DDPMScheduler";

    private static final float MIN_VARIANCE = 1e-20f;

    private final SchedulerConfig config;
    private final NoiseSchedule noiseSchedule;

    private DDPMScheduler(SchedulerConfig config) {
        this.config = config;
        this.noiseSchedule = NoiseSchedule.from(config);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     */
    public static DDPMScheduler from(SchedulerConfig config) {
        return new DDPMScheduler(config.toBuilder().className(CLASS_NAME).build());
    }

    @Override
    public SchedulerConfig config() {
        return config;
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return noiseSchedule;
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        return new SamplingState(config, Timesteps.spread(config, numInferenceSteps), numInferenceSteps);
    }

    /**
     * Starts a sampling run at timesteps of the caller's choice.
     *
     * @param timesteps the timesteps, strictly descending
     * @return the state before the first step
     * @throws IllegalArgumentException if there is none, they do not descend or one is outside those of training
     */
    public SamplingState startAt(int... timesteps) {
        return new SamplingState(config, Timesteps.custom(config, timesteps), timesteps.length);
    }

    @Override
    public StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise) {
        try (Step step = new Step(this, state, modelOutput, sample)) {
            int timestep = state.timestep();
            int previous = previousTimestep(state);
            float alpha = noiseSchedule.alphaCumprod(timestep);
            float alphaBefore = previous < 0 ? 1 : noiseSchedule.alphaCumprod(previous);
            float stepAlpha = alpha / alphaBefore;
            float cleanScale = sqrt(alphaBefore) * (1 - stepAlpha) / (1 - alpha);
            float sampleScale = sqrt(stepAlpha) * (1 - alphaBefore) / (1 - alpha);
            NDArray clean = Prediction.clip(
                    config, Prediction.cleanSample(config.predictionType(), step.sample(), step.modelOutput(), alpha));
            NDArray mean = clean.mul(cleanScale).add(step.sample().mul(sampleScale));
            if (timestep == 0) {
                return step.finish(mean);
            }
            return step.finish(mean.add(step.noise(noise).mul(standardDeviation(timestep, previous))));
        }
    }

    private static int previousTimestep(SamplingState state) {
        int next = state.position() + 1;
        return next == state.timesteps().size() ? -1 : state.timesteps().get(next);
    }

    /**
     * Returns the variance of the noise that a step adds.
     *
     * @param timestep where the step starts
     * @param previousTimestep where it leads, or -1 for the image itself
     * @return the variance according to {@code variance_type}, in single precision
     */
    float variance(int timestep, int previousTimestep) {
        float alpha = noiseSchedule.alphaCumprod(timestep);
        float alphaBefore = previousTimestep < 0 ? 1 : noiseSchedule.alphaCumprod(previousTimestep);
        float beta = 1 - alpha / alphaBefore;
        return config.varianceType() == VarianceType.FIXED_LARGE
                ? beta
                : Math.max((1 - alphaBefore) / (1 - alpha) * beta, MIN_VARIANCE);
    }

    private float standardDeviation(int timestep, int previousTimestep) {
        float variance = variance(timestep, previousTimestep);
        return config.varianceType() == VarianceType.FIXED_SMALL_LOG
                ? (float) Math.exp(0.5f * (float) Math.log(variance))
                : sqrt(variance);
    }
}
