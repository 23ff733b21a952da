package dev.text2image.schedulers;

import com.google.gson.JsonPrimitive;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the values of a {@link SchedulerConfig}, starting from the hub's defaults or from another configuration. */
public final class SchedulerConfigBuilder {
    private @Nullable String className;
    private int numTrainTimesteps = 1000;
    private double betaStart = 0.0001;
    private double betaEnd = 0.02;
    private BetaSchedule betaSchedule = BetaSchedule.LINEAR;
    private List<Double> trainedBetas = List.of();
    private PredictionType predictionType = PredictionType.EPSILON;
    private VarianceType varianceType = VarianceType.FIXED_SMALL;
    private @Nullable Boolean clipSample;
    private double clipSampleRange = 1;
    private @Nullable Boolean setAlphaToOne;
    private boolean skipPrkSteps;
    private int stepsOffset;
    private @Nullable TimestepSpacing timestepSpacing;
    private boolean rescaleBetasZeroSnr;
    private final Map<String, JsonPrimitive> options = new HashMap<>();

    SchedulerConfigBuilder() {}

    SchedulerConfigBuilder(SchedulerConfig config) {
        className = config.className();
        numTrainTimesteps = config.numTrainTimesteps();
        betaStart = config.betaStart();
        betaEnd = config.betaEnd();
        betaSchedule = config.betaSchedule();
        trainedBetas = config.trainedBetas();
        predictionType = config.predictionType();
        varianceType = config.varianceType();
        clipSample = config.clipSample();
        clipSampleRange = config.clipSampleRange();
        setAlphaToOne = config.setAlphaToOne();
        skipPrkSteps = config.skipPrkSteps();
        stepsOffset = config.stepsOffset();
        timestepSpacing = config.timestepSpacing();
        rescaleBetasZeroSnr = config.rescaleBetasZeroSnr();
        options.putAll(config.options());
    }

    /**
     * Sets how beta grows.
     *
     * @param schedule the shape of the growth
     * @param start the first beta, in [0, 1)
     * @param end the last beta, in [0, 1)
     * @return this builder
     */
    public SchedulerConfigBuilder betas(BetaSchedule schedule, double start, double end) {
        betaSchedule = schedule;
        betaStart = start;
        betaEnd = end;
        return this;
    }

    /**
     * Sets the hub's class.
     *
     * @param value the class name, or null if unknown
     * @return this builder
     */
    public SchedulerConfigBuilder className(@Nullable String value) {
        className = value;
        return this;
    }

    /**
     * Sets the number of timesteps in training.
     *
     * @param value the number, at least 1
     * @return this builder
     */
    public SchedulerConfigBuilder numTrainTimesteps(int value) {
        numTrainTimesteps = value;
        return this;
    }

    /**
     * Sets the betas that replace the schedule.
     *
     * @param value one beta for each timestep, or an empty list
     * @return this builder
     */
    public SchedulerConfigBuilder trainedBetas(List<Double> value) {
        trainedBetas = value;
        return this;
    }

    /**
     * Sets what the model predicts.
     *
     * @param value the prediction type
     * @return this builder
     */
    public SchedulerConfigBuilder predictionType(PredictionType value) {
        predictionType = value;
        return this;
    }

    /**
     * Sets the variance that DDPM adds.
     *
     * @param value the variance type
     * @return this builder
     */
    public SchedulerConfigBuilder varianceType(VarianceType value) {
        varianceType = value;
        return this;
    }

    /**
     * Sets whether DDPM, DDIM, Heun and LCM clip the predicted clean sample.
     *
     * @param value true to clip, null for the scheduler's default
     * @return this builder
     */
    public SchedulerConfigBuilder clipSample(@Nullable Boolean value) {
        clipSample = value;
        return this;
    }

    /**
     * Sets the largest magnitude after clipping.
     *
     * @param value the magnitude, above 0
     * @return this builder
     */
    public SchedulerConfigBuilder clipSampleRange(double value) {
        clipSampleRange = value;
        return this;
    }

    /**
     * Sets whether the last step goes to an alpha of 1.
     *
     * @param value true for 1, false for the alpha of timestep 0, null for the scheduler's default
     * @return this builder
     */
    public SchedulerConfigBuilder setAlphaToOne(@Nullable Boolean value) {
        setAlphaToOne = value;
        return this;
    }

    /**
     * Sets whether PNDM leaves out its Runge-Kutta steps.
     *
     * @param value true to leave them out
     * @return this builder
     */
    public SchedulerConfigBuilder skipPrkSteps(boolean value) {
        skipPrkSteps = value;
        return this;
    }

    /**
     * Sets what leading spacing adds to each timestep.
     *
     * @param value the offset, at least 0
     * @return this builder
     */
    public SchedulerConfigBuilder stepsOffset(int value) {
        stepsOffset = value;
        return this;
    }

    /**
     * Sets how a run's timesteps are spread.
     *
     * @param value the spacing, or null for the scheduler's default
     * @return this builder
     */
    public SchedulerConfigBuilder timestepSpacing(@Nullable TimestepSpacing value) {
        timestepSpacing = value;
        return this;
    }

    /**
     * Sets whether the betas are rescaled to a zero terminal SNR.
     *
     * @param value true to rescale
     * @return this builder
     */
    public SchedulerConfigBuilder rescaleBetasZeroSnr(boolean value) {
        rescaleBetasZeroSnr = value;
        return this;
    }

    /**
     * Sets what only some samplers know.
     *
     * @param name the hub's field name, for example {@code "use_karras_sigmas"}
     * @param value true or false
     * @return this builder
     */
    public SchedulerConfigBuilder option(String name, boolean value) {
        options.put(name, new JsonPrimitive(value));
        return this;
    }

    /**
     * Sets what only some samplers know.
     *
     * @param name the hub's field name, for example {@code "final_sigmas_type"}
     * @param value a text
     * @return this builder
     */
    public SchedulerConfigBuilder option(String name, String value) {
        options.put(name, new JsonPrimitive(value));
        return this;
    }

    /**
     * Sets what only some samplers know.
     *
     * @param name the hub's field name, for example {@code "solver_order"}
     * @param value a number
     * @return this builder
     */
    public SchedulerConfigBuilder option(String name, Number value) {
        options.put(name, new JsonPrimitive(value));
        return this;
    }

    /**
     * Checks the values and makes the configuration.
     *
     * @return the configuration
     * @throws IllegalArgumentException if a value is out of its range
     */
    public SchedulerConfig build() {
        return new SchedulerConfig(
                className,
                numTrainTimesteps,
                betaStart,
                betaEnd,
                betaSchedule,
                trainedBetas,
                predictionType,
                varianceType,
                clipSample,
                clipSampleRange,
                setAlphaToOne,
                skipPrkSteps,
                stepsOffset,
                timestepSpacing,
                rescaleBetasZeroSnr,
                options);
    }
}
