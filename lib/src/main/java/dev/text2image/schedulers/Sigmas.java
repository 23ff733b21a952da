package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The ratios of noise to image along which a sigma sampler walks (EDM, arXiv 2206.00364), with the hub's options for them; what
 * Euler and its relatives share.
 */
final class Sigmas {
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

    private static final float ALMOST_ZERO_ALPHA = 0x1p-24f;

    private final SchedulerConfig config;
    private final TimestepSpacing timestepSpacing;
    private final SigmaSpacing spacing;
    private final boolean logLinear;
    private final boolean continuous;
    private final double max;
    private final double min;
    private final float last;
    private final float[] training;

    Sigmas(SchedulerConfig config, NoiseSchedule noiseSchedule) {
        SchedulerConfigJson options = SchedulerConfigJson.ofOptions(config);
        this.config = config;
        this.timestepSpacing = config.timestepSpacing() == null ? TimestepSpacing.LINSPACE : config.timestepSpacing();
        this.spacing = SigmaSpacing.of(options);
        this.logLinear = options.named("interpolation_type", Interpolation.values()) == Interpolation.LOG_LINEAR;
        this.continuous = options.named("timestep_type", TimestepType.values()) == TimestepType.CONTINUOUS
                && config.predictionType() == PredictionType.V_PREDICTION;
        this.max = options.number("sigma_max", Double.NaN);
        this.min = options.number("sigma_min", Double.NaN);
        this.training = training(config, noiseSchedule);
        this.last = options.named("final_sigmas_type", Final.values()) == Final.SIGMA_MIN ? training[0] : 0;
    }

    private static float[] training(SchedulerConfig config, NoiseSchedule noiseSchedule) {
        float[] sigmas = noiseSchedule.alphasCumprod();
        if (config.rescaleBetasZeroSnr()) {
            // A sigma cannot be infinite.
            sigmas[sigmas.length - 1] = ALMOST_ZERO_ALPHA;
        }
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = sqrt((1 - sigmas[i]) / sigmas[i]);
        }
        return sigmas;
    }

    /** Starts a run along {@link #levels} or a sequence of them, from noise as strong as the first sigma. */
    SamplingState start(List<NoiseLevel> levels, int numInferenceSteps) {
        NoiseLevel first = levels.get(0);
        float initNoiseSigma = timestepSpacing == TimestepSpacing.LEADING ? first.scale() : first.noise();
        return new SamplingState(config, levels, numInferenceSteps, initNoiseSigma);
    }

    /** Spreads the levels of a run, one for each step and the one at which it ends. */
    List<NoiseLevel> levels(int numInferenceSteps) {
        double[] timesteps = Timesteps.spread(config, numInferenceSteps, timestepSpacing);
        double[] sigmas = logLinear
                ? SigmaSpacing.EXPONENTIAL.sigmas(numInferenceSteps + 1, training[training.length - 1], training[0])
                : Arrays.stream(timesteps).map(this::sigmaAt).toArray();
        if (spacing != SigmaSpacing.TIMESTEPS) {
            double first = Double.isNaN(max) ? sigmas[0] : max;
            double end = Double.isNaN(min) ? sigmas[sigmas.length - 1] : min;
            sigmas = spacing.sigmas(numInferenceSteps, first, end);
            timesteps = Arrays.stream(sigmas).map(this::timestepOf).toArray();
        }
        List<NoiseLevel> levels = new ArrayList<>();
        for (int i = 0; i < numInferenceSteps; i++) {
            float sigma = (float) sigmas[i];
            levels.add(NoiseLevel.ofSigma(continuous ? 0.25f * (float) Math.log(sigma) : (float) timesteps[i], sigma));
        }
        float end = sigmas.length > numInferenceSteps ? (float) sigmas[numInferenceSteps] : last;
        levels.add(NoiseLevel.ofSigma(-1, end));
        return levels;
    }

    /** Interpolates between the sigmas of whole timesteps. */
    private double sigmaAt(double timestep) {
        int below = Math.min((int) timestep, training.length - 2);
        if (below < 0) {
            return training[0];
        }
        return training[below] + ((double) training[below + 1] - training[below]) * (timestep - below);
    }

    /** Interpolates between the logarithms of the sigmas of whole timesteps. */
    private double timestepOf(double sigma) {
        int below = 0;
        while (below < training.length - 2 && training[below + 1] <= sigma) {
            below++;
        }
        double low = Math.log(training[below]);
        double high = Math.log(training[below + 1]);
        double weight = (low - Math.log(Math.max(sigma, 1e-10))) / (low - high);
        return below + Math.min(Math.max(weight, 0), 1);
    }
}
