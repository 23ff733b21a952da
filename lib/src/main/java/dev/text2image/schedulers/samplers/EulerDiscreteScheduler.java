package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.torch.Scalars;

/**
 * Euler's method along sigmas (EDM, arXiv 2206.00364, algorithm 2 without its noise). It draws no noise.
 *
 * <p>Of its own it reads the hub's options {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas},
 * {@code sigma_min}, {@code sigma_max}, {@code final_sigmas_type}, {@code interpolation_type} and {@code timestep_type}.
 */
public final class EulerDiscreteScheduler extends SigmaScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "EulerDiscreteScheduler";

    private static final String[] OPTIONS = {
        "use_karras_sigmas",
        "use_exponential_sigmas",
        "use_beta_sigmas",
        "sigma_min",
        "sigma_max",
        "final_sigmas_type",
        "interpolation_type",
        "timestep_type"
    };

    private EulerDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, OPTIONS);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    public static EulerDiscreteScheduler from(SchedulerConfig config) {
        return new EulerDiscreteScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        // Where the image is kept, the derivative by sigma is the noise.
        return step.sample()
                .add(Scalars.mul(
                        step.epsilon(), step.nextLevel().noise() - step.level().noise()));
    }
}
