package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.List;

/**
 * Euler's method along sigmas (EDM, arXiv 2206.00364, algorithm 2 without its noise). It draws no noise.
 *
 * <p>Of its own it reads the hub's options {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas},
 * {@code sigma_min}, {@code sigma_max}, {@code final_sigmas_type}, {@code interpolation_type} and {@code timestep_type}.
 */
public final class EulerDiscreteScheduler extends Scheduler {
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

    private final SigmaLevels sigmas;

    private EulerDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, TimestepSpacing.LINSPACE);
        this.sigmas =
                new SigmaLevels(config(), noiseSchedule(), timestepSpacing(), SchedulerFields.of(config, OPTIONS));
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
        List<NoiseLevel> levels = sigmas.levels(numInferenceSteps);
        return begin(levels, numInferenceSteps, sigmas.initNoiseSigma(levels));
    }

    @Override
    protected NDArray advance(Step step) {
        // Where the image is kept, the derivative by sigma is the noise.
        return step.sample()
                .add(step.epsilon().mul(step.nextLevel().noise() - step.level().noise()));
    }

    @Override
    protected List<String> settings() {
        return sigmas.settings();
    }
}
