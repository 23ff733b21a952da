package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.Step;
import java.util.List;

/**
 * Sampling of latent consistency models (arXiv 2310.04378, algorithm 3) in one to eight steps, from a model or a LoRA that was
 * distilled for it, with a guidance of 1 to 2. It draws noise at every step but the last.
 *
 * <p>Of its own it reads the hub's options {@code original_inference_steps} and {@code timestep_scaling}; {@code timestep_spacing}
 * says nothing here, as in the hub's class.
 */
public final class LCMScheduler extends Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "LCMScheduler";

    /** The standard deviation of clean samples that the boundary condition assumes. */
    private static final double SIGMA_DATA = 0.5;

    private final int originalSteps;
    private final double timestepScaling;
    private final CleanLimit limit;

    private LCMScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, null);
        SchedulerFields fields = SchedulerFields.of(config, "original_inference_steps", "timestep_scaling");
        this.originalSteps = fields.integer("original_inference_steps", 50, 1, config.numTrainTimesteps());
        this.timestepScaling = fields.number("timestep_scaling", 10);
        this.limit = CleanLimit.of(config, false);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    public static LCMScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        return new LCMScheduler(config);
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        Timesteps.checkCount(config(), numInferenceSteps);
        if (numInferenceSteps > originalSteps) {
            throw new IllegalArgumentException("num_inference_steps is " + numInferenceSteps + "; it must be from 1 to "
                    + originalSteps + ", the original_inference_steps that the model was distilled with.");
        }
        int stride = config().numTrainTimesteps() / originalSteps;
        int[] timesteps = new int[numInferenceSteps];
        for (int i = 0; i < numInferenceSteps; i++) {
            int skipped = (int) Math.floor(i * (originalSteps / (double) numInferenceSteps));
            timesteps[i] = (originalSteps - skipped) * stride - 1;
        }
        return startAt(timesteps, numInferenceSteps, 1);
    }

    @Override
    protected NDArray advance(Step step) {
        double time = step.timestep() * timestepScaling;
        double variance = time * time + SIGMA_DATA * SIGMA_DATA;
        double skip = SIGMA_DATA * SIGMA_DATA / variance;
        double out = time / Math.sqrt(variance);
        double signal = step.nextLevel().signal();
        double noise = step.nextLevel().noise();
        WeightedSum sum = new WeightedSum(limit.apply(step.clean()), out * signal).add(step.sample(), skip * signal);
        return noise == 0 ? sum.value() : sum.add(step.noise(), noise).value();
    }

    @Override
    protected List<String> settings() {
        return List.of("original_inference_steps " + originalSteps);
    }
}
