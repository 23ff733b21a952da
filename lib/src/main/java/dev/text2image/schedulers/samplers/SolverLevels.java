package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.BetaSchedule;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The levels along which DPM-Solver and UniPC walk: they keep the variance, tell the model whole timesteps and spread sigmas over
 * all of training.
 */
final class SolverLevels {
    private final SchedulerConfig config;
    private final TimestepSpacing timestepSpacing;
    private final SigmaSpacing spacing;
    private final SigmaSpacing.Range range;
    private final boolean endsAtZero;
    private final Variant variant;
    private final int usedTimesteps;
    private final TrainingSigmas training;

    /**
     * In what the samplers differ where sigmas are not those of timesteps.
     *
     * @param endsAtItsOwn whether a run that does not end at zero ends at the last sigma of its own, or at the smallest of training
     * @param truncatesCosine whether timesteps of the cosine schedule are rounded down
     */
    record Variant(boolean endsAtItsOwn, boolean truncatesCosine) {
        static final Variant DPM_MULTISTEP = new Variant(false, true);
        static final Variant DPM_SINGLESTEP = new Variant(false, false);
        static final Variant UNIPC = new Variant(true, false);
    }

    /**
     * Reads the options.
     *
     * @param options those that the sampler knows
     */
    SolverLevels(
            Variant variant,
            SchedulerConfig config,
            NoiseSchedule noiseSchedule,
            TimestepSpacing timestepSpacing,
            SchedulerFields options) {
        this.variant = variant;
        this.config = config;
        this.timestepSpacing = timestepSpacing;
        this.spacing = SigmaSpacing.of(options);
        this.range = spacing == SigmaSpacing.LU ? SigmaSpacing.Range.OPEN : SigmaSpacing.Range.of(options);
        this.endsAtZero = options.named("final_sigmas_type", SigmaLevels.Final.ZERO) == SigmaLevels.Final.ZERO;
        this.training = new TrainingSigmas(config, noiseSchedule);
        this.usedTimesteps = training.countFrom(options.number("lambda_min_clipped", Double.NEGATIVE_INFINITY));
    }

    boolean endsAtZero() {
        return endsAtZero;
    }

    /** Spreads the levels of a run, one for each step and the one at which it ends. */
    List<NoiseLevel> levels(int numInferenceSteps) {
        int[] timesteps = timesteps(numInferenceSteps);
        double[] sigmas;
        if (spacing == SigmaSpacing.TIMESTEPS) {
            sigmas = Arrays.stream(timesteps).mapToDouble(training::sigmaAt).toArray();
        } else {
            sigmas = range.sigmas(spacing, numInferenceSteps, training.largest(), training.smallest());
            double[] exact = Arrays.stream(sigmas).map(training::timestepOf).toArray();
            timesteps = rounds()
                    ? Timesteps.rounded(exact)
                    : Arrays.stream(exact).mapToInt(t -> (int) t).toArray();
        }
        List<NoiseLevel> levels = new ArrayList<>();
        for (int i = 0; i < timesteps.length; i++) {
            levels.add(NoiseLevel.ofRatio(timesteps[i], (float) sigmas[i]));
        }
        boolean own = variant.endsAtItsOwn() && spacing != SigmaSpacing.TIMESTEPS;
        float smallest = own ? (float) sigmas[sigmas.length - 1] : training.smallest();
        levels.add(NoiseLevel.ofRatio(-1, endsAtZero ? 0 : smallest));
        return levels;
    }

    private boolean rounds() {
        return (spacing == SigmaSpacing.KARRAS || spacing == SigmaSpacing.LU)
                && !(variant.truncatesCosine() && config.betaSchedule() == BetaSchedule.SQUAREDCOS_CAP_V2);
    }

    /** Spreads one timestep more than there are steps and leaves out the last, at which the run ends; but not if trailing. */
    private int[] timesteps(int count) {
        Timesteps.checkCount(config, count);
        int trainTimesteps = config.numTrainTimesteps();
        if (timestepSpacing == TimestepSpacing.TRAILING) {
            int unused = trainTimesteps - usedTimesteps;
            return Arrays.stream(Timesteps.rounded(timestepSpacing.timesteps(count, trainTimesteps, 0)))
                    .map(timestep -> timestep - unused)
                    .filter(timestep -> timestep >= 0)
                    .toArray();
        }
        if (timestepSpacing == TimestepSpacing.LEADING && count >= usedTimesteps) {
            throw new IllegalArgumentException("num_inference_steps is " + count
                    + "; with leading timestep_spacing, whatever its steps_offset, it must be below " + usedTimesteps
                    + " for " + config.className() + ".");
        }
        int[] spread = Timesteps.rounded(timestepSpacing.timesteps(count + 1, usedTimesteps, config.stepsOffset()));
        Timesteps.checkFirst(config, count, spread[0]);
        return Arrays.copyOf(spread, count);
    }

    /** Names the settings, for a sampler's description. */
    List<String> settings() {
        List<String> settings = new ArrayList<>(spacing.settings());
        settings.add("final_sigmas_type " + (endsAtZero ? "zero" : "sigma_min"));
        return settings;
    }
}
