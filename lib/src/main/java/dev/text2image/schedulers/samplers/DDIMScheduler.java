package dev.text2image.schedulers.samplers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import dev.text2image.torch.Scalars;

/**
 * Sampling with denoising diffusion implicit models (arXiv 2010.02502, formulas 12 and 16). It draws noise at every step if its eta
 * is above 0, and never otherwise.
 */
public final class DDIMScheduler extends Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DDIMScheduler";

    private final double eta;
    private final float finalAlpha;
    private final CleanLimit limit;

    private DDIMScheduler(SchedulerConfig config, double eta) {
        super(CLASS_NAME, config, TimestepSpacing.LEADING);
        this.eta = eta;
        this.finalAlpha = finalAlpha(true);
        this.limit = CleanLimit.of(config, true);
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
        return new DDIMScheduler(config, 0);
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
        return new DDIMScheduler(config(), newEta);
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
        return startAt(Timesteps.whole(config(), numInferenceSteps, timestepSpacing()), numInferenceSteps, finalAlpha);
    }

    @Override
    protected NDArray advance(Step step) {
        int previous = step.timestep() - step.stride();
        float alphaBefore = alphaAt(previous, finalAlpha);
        float deviation = (float) eta * sqrt(variance(step.timestep(), previous));
        NDArray direction = Scalars.mul(step.epsilon(), sqrt(1 - alphaBefore - deviation * deviation));
        NDArray mean = Scalars.mul(limit.apply(step.clean()), sqrt(alphaBefore)).add(direction);
        return eta == 0 ? mean : mean.add(Scalars.mul(step.noise(), deviation));
    }

    /**
     * Returns the variance of the noise that a step adds at an eta of 1.
     *
     * @param timestep where the step starts
     * @param previousTimestep where it leads, negative for the image itself
     * @return the variance, in single precision
     */
    float variance(int timestep, int previousTimestep) {
        float alpha = noiseSchedule().alphaCumprod(timestep);
        float alphaBefore = alphaAt(previousTimestep, finalAlpha);
        return (1 - alphaBefore) / (1 - alpha) * (1 - alpha / alphaBefore);
    }
}
