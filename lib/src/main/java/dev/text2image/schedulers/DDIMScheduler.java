package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;

/**
 * Sampling with denoising diffusion implicit models (arXiv 2010.02502, formulas 12 and 16). It draws noise at every step if its eta
 * is above 0, and never otherwise.
 */
public final class DDIMScheduler implements Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DDIMScheduler";

    private final SchedulerConfig config;
    private final NoiseSchedule noiseSchedule;
    private final double eta;
    private final float finalAlpha;

    private DDIMScheduler(SchedulerConfig config, double eta) {
        this.config = config;
        this.noiseSchedule = NoiseSchedule.from(config);
        this.eta = eta;
        this.finalAlpha = Boolean.FALSE.equals(config.setAlphaToOne()) ? noiseSchedule.alphaCumprod(0) : 1;
    }

    /**
     * Builds the scheduler with an eta of 0: sampling without randomness.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have
     */
    public static DDIMScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        return new DDIMScheduler(config.toBuilder().className(CLASS_NAME).build(), 0);
    }

    /**
     * Returns the same scheduler with another amount of noise.
     *
     * @param newEta from 0 (no noise) to 1 (as much as DDPM)
     * @return the scheduler
     * @throws IllegalArgumentException if eta is out of range
     */
    public DDIMScheduler withEta(double newEta) {
        if (!(newEta >= 0 && newEta <= 1)) {
            throw new IllegalArgumentException("eta is " + newEta + "; it must be from 0 to 1.");
        }
        return new DDIMScheduler(config, newEta);
    }

    @Override
    public SchedulerConfig config() {
        return config;
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return noiseSchedule;
    }

    /**
     * Returns the amount of noise.
     *
     * @return from 0 to 1
     */
    public double eta() {
        return eta;
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        return new SamplingState(config, Timesteps.spread(config, numInferenceSteps), numInferenceSteps);
    }

    @Override
    public StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise) {
        try (Step step = new Step(this, state, modelOutput, sample)) {
            int timestep = state.timestep();
            int previous = timestep - config.numTrainTimesteps() / state.numInferenceSteps();
            float alpha = noiseSchedule.alphaCumprod(timestep);
            float alphaBefore = alphaBefore(previous);
            float deviation = (float) eta * sqrt(variance(timestep, previous));
            PredictionType type = config.predictionType();
            NDArray clean =
                    Prediction.clip(config, Prediction.cleanSample(type, step.sample(), step.modelOutput(), alpha));
            NDArray direction = Prediction.epsilon(type, step.sample(), step.modelOutput(), alpha)
                    .mul(sqrt(1 - alphaBefore - deviation * deviation));
            NDArray mean = clean.mul(sqrt(alphaBefore)).add(direction);
            if (eta == 0) {
                return step.finish(mean);
            }
            return step.finish(mean.add(step.noise(noise).mul(deviation)));
        }
    }

    /**
     * Returns the variance of the noise that a step adds at an eta of 1.
     *
     * @param timestep where the step starts
     * @param previousTimestep where it leads, negative for the image itself
     * @return the variance, in single precision
     */
    float variance(int timestep, int previousTimestep) {
        float alpha = noiseSchedule.alphaCumprod(timestep);
        float alphaBefore = alphaBefore(previousTimestep);
        return (1 - alphaBefore) / (1 - alpha) * (1 - alpha / alphaBefore);
    }

    private float alphaBefore(int previousTimestep) {
        return previousTimestep < 0 ? finalAlpha : noiseSchedule.alphaCumprod(previousTimestep);
    }
}
