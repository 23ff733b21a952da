package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;

/**
 * Euler's method along sigmas (EDM, arXiv 2206.00364, algorithm 2 without its noise). It draws no noise.
 *
 * <p>Of its own it reads the hub's options {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas},
 * {@code sigma_min}, {@code sigma_max}, {@code final_sigmas_type}, {@code interpolation_type} and {@code timestep_type}.
 */
public final class EulerDiscreteScheduler extends Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "EulerDiscreteScheduler";

    private final Sigmas sigmas;

    private EulerDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config);
        this.sigmas = new Sigmas(config(), noiseSchedule());
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    public static EulerDiscreteScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        return new EulerDiscreteScheduler(config);
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        return sigmas.start(sigmas.levels(numInferenceSteps), numInferenceSteps);
    }

    @Override
    NDArray advance(Step step) {
        float sigma = step.level().noise();
        NDArray derivative = step.sample().sub(step.clean()).div(sigma);
        return step.sample().add(derivative.mul(step.nextLevel().noise() - sigma));
    }
}
