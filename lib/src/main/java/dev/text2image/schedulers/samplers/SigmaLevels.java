package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.JsonNamed;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The levels along which a sampler walks that keeps the image and lets the noise fall (EDM, arXiv 2206.00364): what Euler and its
 * relatives share.
 */
final class SigmaLevels {
    /** How sigmas between timesteps are found, in the hub's field {@code interpolation_type}. */
    enum Interpolation implements JsonNamed {
        LINEAR,
        /** Evenly between the logarithms, whatever the timesteps; such a run does not reach the last sigma. */
        LOG_LINEAR
    }

    /** Where a run ends, in the hub's field {@code final_sigmas_type}. */
    enum Final implements JsonNamed {
        ZERO,
        SIGMA_MIN
    }

    /** What the model is told, in the hub's field {@code timestep_type}. */
    enum TimestepType implements JsonNamed {
        DISCRETE,
        /** A quarter of the logarithm of sigma, if the model predicts velocity. */
        CONTINUOUS
    }

    private final SchedulerConfig config;
    private final TimestepSpacing timestepSpacing;
    private final SigmaSpacing spacing;
    private final SigmaSpacing.Range range;
    private final boolean logLinear;
    private final boolean continuous;
    private final boolean endsAtSmallest;
    private final TrainingSigmas training;

    /**
     * Reads the options.
     *
     * @param options those that the sampler knows
     */
    SigmaLevels(
            SchedulerConfig config,
            NoiseSchedule noiseSchedule,
            TimestepSpacing timestepSpacing,
            SchedulerFields options) {
        this.config = config;
        this.timestepSpacing = timestepSpacing;
        this.spacing = SigmaSpacing.of(options);
        this.range = SigmaSpacing.Range.of(options);
        this.logLinear = options.named("interpolation_type", Interpolation.LINEAR) == Interpolation.LOG_LINEAR;
        this.continuous = options.named("timestep_type", TimestepType.DISCRETE) == TimestepType.CONTINUOUS
                && config.predictionType() == PredictionType.V_PREDICTION;
        this.endsAtSmallest = options.named("final_sigmas_type", Final.ZERO) == Final.SIGMA_MIN;
        this.training = new TrainingSigmas(config, noiseSchedule);
    }

    /** Returns the standard deviation of the noise from which a run along these levels starts. */
    float initNoiseSigma(List<NoiseLevel> levels) {
        NoiseLevel first = levels.get(0);
        return timestepSpacing == TimestepSpacing.LEADING ? first.scale() : first.noise();
    }

    /** Spreads the levels of a run, one for each step and the one at which it ends. */
    List<NoiseLevel> levels(int numInferenceSteps) {
        double[] timesteps = Timesteps.spread(config, numInferenceSteps, timestepSpacing);
        double[] sigmas = logLinear
                ? SigmaSpacing.EXPONENTIAL.sigmas(numInferenceSteps + 1, training.largest(), training.smallest())
                : Arrays.stream(timesteps).map(training::sigmaAt).toArray();
        if (spacing != SigmaSpacing.TIMESTEPS) {
            sigmas = range.sigmas(spacing, numInferenceSteps, sigmas[0], sigmas[sigmas.length - 1]);
            timesteps = Arrays.stream(sigmas).map(training::timestepOf).toArray();
        }
        List<NoiseLevel> levels = new ArrayList<>();
        for (int i = 0; i < numInferenceSteps; i++) {
            float sigma = (float) sigmas[i];
            levels.add(NoiseLevel.ofSigma(continuous ? 0.25f * (float) Math.log(sigma) : (float) timesteps[i], sigma));
        }
        float last = endsAtSmallest ? training.smallest() : 0;
        float end = sigmas.length > numInferenceSteps ? (float) sigmas[numInferenceSteps] : last;
        levels.add(NoiseLevel.ofSigma(-1, end));
        return levels;
    }

    /** Names the settings, for a sampler's description. */
    List<String> settings() {
        return spacing.settings();
    }
}
