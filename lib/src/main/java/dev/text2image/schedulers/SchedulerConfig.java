package dev.text2image.schedulers;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The hub's {@code scheduler_config.json}: which noise a model was trained with, and how to sample from it.
 *
 * <p>Fields that the classes give different defaults are null where the file does not have them, so that a scheduler built from
 * another class's file takes its own default.
 *
 * @param className the hub's class ({@code _class_name}), which need not be one that this library has; null if unknown
 * @param numTrainTimesteps the number of timesteps in training, from 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1)
 * @param betaEnd the last beta, in [0, 1)
 * @param betaSchedule how beta grows
 * @param trainedBetas one beta for each timestep, which replace the schedule; empty if the schedule counts
 * @param predictionType what the model predicts
 * @param varianceType the variance that DDPM adds
 * @param clipSample whether DDPM, DDIM, Heun and LCM clip the predicted clean sample, false for latent models; null for the
 *     scheduler's default (DDPM and DDIM true, Heun and LCM false)
 * @param clipSampleRange the largest magnitude after clipping, above 0
 * @param setAlphaToOne whether the last step goes to an alpha of 1 and not to that of timestep 0; null for the scheduler's default
 *     (DDIM true, PNDM false)
 * @param skipPrkSteps whether PNDM leaves out its Runge-Kutta steps
 * @param stepsOffset what leading spacing adds to each timestep, at least 0
 * @param timestepSpacing how a run's timesteps are spread; null for the scheduler's default
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that nothing of the image is left at the last timestep
 * @param options what only some samplers know, by the hub's field names ({@code use_karras_sigmas}): booleans, numbers and texts,
 *     which each sampler reads for itself
 */
public record SchedulerConfig(
        @Nullable String className,
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        List<Double> trainedBetas,
        PredictionType predictionType,
        VarianceType varianceType,
        @Nullable Boolean clipSample,
        double clipSampleRange,
        @Nullable Boolean setAlphaToOne,
        boolean skipPrkSteps,
        int stepsOffset,
        @Nullable TimestepSpacing timestepSpacing,
        boolean rescaleBetasZeroSnr,
        Map<String, JsonPrimitive> options) {
    /** Bounds the memory that a damaged file can ask for. */
    private static final int MAX_TIMESTEPS = 1_000_000;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public SchedulerConfig {
        trainedBetas = List.copyOf(trainedBetas);
        options = Collections.unmodifiableMap(new TreeMap<>(options));
        require(
                numTrainTimesteps >= 1 && numTrainTimesteps <= MAX_TIMESTEPS,
                "num_train_timesteps",
                numTrainTimesteps,
                "from 1 to " + MAX_TIMESTEPS);
        require(betaStart >= 0 && betaStart < 1, "beta_start", betaStart, "from 0 to below 1");
        require(betaEnd >= 0 && betaEnd < 1, "beta_end", betaEnd, "from 0 to below 1");
        require(clipSampleRange > 0, "clip_sample_range", clipSampleRange, "above 0");
        require(stepsOffset >= 0, "steps_offset", stepsOffset, "at least 0");
        require(
                trainedBetas.isEmpty() || trainedBetas.size() == numTrainTimesteps,
                "the length of trained_betas",
                trainedBetas.size(),
                "num_train_timesteps, " + numTrainTimesteps);
        for (double beta : trainedBetas) {
            require(beta >= 0 && beta <= 1, "a value of trained_betas", beta, "from 0 to 1");
        }
    }

    private static void require(boolean holds, String field, Number found, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "Scheduler configuration: " + field + " is " + found + "; it must be " + expected + ".");
        }
    }

    /**
     * Reads a configuration. Missing keys and nulls take the hub's defaults; unknown keys become options if they hold a boolean, a
     * number or a text, and are ignored otherwise.
     *
     * @param json the content of a {@code scheduler_config.json}
     * @return the configuration
     * @throws IllegalArgumentException if a value has the wrong type, is out of range or is not supported; the message names the
     *     field, the value and what is allowed
     */
    public static SchedulerConfig fromJson(JsonObject json) {
        return SchedulerConfigJson.read(json);
    }

    /**
     * Writes the configuration in the form that the hub's {@code from_pretrained} loads. A field that is null here is left out.
     *
     * @return the content for a {@code scheduler_config.json}
     */
    public JsonObject toJson() {
        return SchedulerConfigJson.write(this);
    }

    /**
     * Starts a configuration with the hub's defaults (linear betas from 0.0001 to 0.02 over 1000 timesteps).
     *
     * @return a new builder
     */
    public static SchedulerConfigBuilder builder() {
        return new SchedulerConfigBuilder();
    }

    /**
     * Returns the configuration of Stable Diffusion 1 and 2: scaled-linear betas from 0.00085 to 0.012 over 1000 timesteps, an
     * offset of 1 and no clipping, as in their {@code scheduler_config.json}.
     *
     * @return the configuration, for PNDMScheduler and predicting epsilon
     */
    public static SchedulerConfig stableDiffusion() {
        return builder()
                .className("PNDMScheduler")
                .betas(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012)
                .clipSample(false)
                .setAlphaToOne(false)
                .skipPrkSteps(true)
                .stepsOffset(1)
                .build();
    }

    /**
     * Starts a changed copy.
     *
     * @return a builder that holds the values of this configuration
     */
    public SchedulerConfigBuilder toBuilder() {
        return new SchedulerConfigBuilder(this);
    }
}
