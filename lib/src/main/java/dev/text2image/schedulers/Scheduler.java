package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import dev.text2image.torch.Scalars;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sampler: it turns noise into an image, one model call at a time.
 *
 * <p>Schedulers are immutable. A run starts with {@link #start}; see the package description for the loop. All arithmetic is done in
 * float32, whatever the type of the sample.
 *
 * <p>A subclass lays out a run as noise levels, one for each call of the model, and says in {@link #advance} what one call does to
 * the sample; the registry {@code samplers.Schedulers} knows it by its name.
 */
public abstract class Scheduler {
    private static final String[] FLOW_OPTIONS = {"use_flow_sigmas", "use_dynamic_shifting"};

    private final SchedulerConfig config;
    private final NoiseSchedule noiseSchedule;
    private final @Nullable TimestepSpacing defaultSpacing;

    /**
     * Takes a configuration of whatever class and names this one in it.
     *
     * @param className the hub's name of this class
     * @param config the configuration
     * @param defaultSpacing how timesteps are spread where the configuration leaves it open; null if the class has one way only
     * @throws IllegalArgumentException if the configuration is one of flow matching
     */
    protected Scheduler(String className, SchedulerConfig config, @Nullable TimestepSpacing defaultSpacing) {
        refuseFlowMatching(config);
        this.config = config.toBuilder().className(className).build();
        this.noiseSchedule = NoiseSchedule.from(config);
        this.defaultSpacing = defaultSpacing;
    }

    private static void refuseFlowMatching(SchedulerConfig config) {
        SchedulerFields fields = SchedulerFields.of(config, FLOW_OPTIONS);
        for (String option : FLOW_OPTIONS) {
            if (fields.bool(option, false)) {
                throw new IllegalArgumentException("Scheduler configuration: " + option
                        + " is true, but models of flow matching are not supported; use a model that predicts noise,"
                        + " velocity or the sample.");
            }
        }
    }

    /**
     * Returns the configuration.
     *
     * @return the configuration, with the class name of this scheduler
     */
    public final SchedulerConfig config() {
        return config;
    }

    /**
     * Returns the forward process that the model was trained with.
     *
     * @return the noise schedule
     */
    public final NoiseSchedule noiseSchedule() {
        return noiseSchedule;
    }

    /**
     * Starts a sampling run.
     *
     * @param numInferenceSteps the number of steps, from 1 to the number of timesteps in training
     * @return the state before the first step, which holds no arrays
     * @throws IllegalArgumentException if the number of steps is out of range, or a timestep would be
     */
    public abstract SamplingState start(int numInferenceSteps);

    /**
     * Returns how many calls of the model a step takes.
     *
     * @return the number, in which a run that starts in the middle passes calls over ({@link SamplingState#startingAt}); 1 if the
     *     class does not say otherwise
     */
    public int order() {
        return 1;
    }

    /**
     * Takes one step towards the image.
     *
     * @param state the current state; it stays valid and unchanged
     * @param modelOutput what the model predicted for the scaled sample at {@code state.timestep()}, in the sample's shape; it is
     *     copied where it is needed later, so that it may be closed after the step
     * @param sample the current sample, not scaled, of any shape, usually (b, c, h, w)
     * @param noise where random numbers come from; see the scheduler for whether it draws any
     * @return the next sample, attached to the manager of {@code sample}, and the next state
     * @throws IllegalArgumentException if the shapes do not fit or the state is another scheduler's
     * @throws IllegalStateException if the run is complete or the state was closed
     */
    public final StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise) {
        try (Step step = new Step(config, state, modelOutput, sample, noise)) {
            return step.finish(advance(step));
        }
    }

    /**
     * Computes the next sample, in the scratch space of the step; what the next call needs is given to {@link Step#remember}.
     *
     * @param step the operands
     * @return the next sample, a new array
     */
    protected abstract NDArray advance(Step step);

    /**
     * Scales a sample to what the model expects.
     *
     * @param state the current state
     * @param sample the current sample
     * @return the model's input: a new array, attached to the manager of {@code sample}
     */
    public final NDArray scaleModelInput(SamplingState state, NDArray sample) {
        float scale = state.level().scale();
        return scale == 1 ? sample.duplicate() : Scalars.div(sample, scale);
    }

    /**
     * Returns how the timesteps of a run are spread.
     *
     * @return what the configuration says, or else this class's default
     * @throws IllegalStateException if the class has one way only
     */
    protected final TimestepSpacing timestepSpacing() {
        TimestepSpacing configured = config.timestepSpacing();
        TimestepSpacing spacing = configured == null ? defaultSpacing : configured;
        if (spacing == null) {
            throw new IllegalStateException(config.className() + " does not spread its timesteps by choice.");
        }
        return spacing;
    }

    /**
     * Says in one line how this scheduler samples, above all what it took from the configuration and what is its class's default.
     *
     * @return for example {@code "PNDMScheduler: timestep_spacing leading (its default), steps_offset 1, prediction_type epsilon"}
     */
    public final String describe() {
        List<String> settings = new ArrayList<>();
        if (defaultSpacing != null) {
            boolean given = config.timestepSpacing() != null;
            settings.add("timestep_spacing " + timestepSpacing().jsonName()
                    + (given ? " (from the model's file)" : " (its default)"));
            settings.add("steps_offset " + config.stepsOffset());
        }
        settings.add("prediction_type " + config.predictionType().jsonName());
        settings.addAll(settings());
        return config.className() + ": " + String.join(", ", settings);
    }

    /**
     * Names the settings that this class alone has.
     *
     * @return the settings, each as {@code "solver_order 2"}
     */
    protected List<String> settings() {
        return List.of();
    }

    /**
     * Starts a run.
     *
     * @param levels one for each call of the model, and the one at which the run ends
     * @param numInferenceSteps the number of steps that was asked for
     * @param initNoiseSigma the standard deviation of the noise that the run starts from
     * @return the state before the first step
     */
    protected final SamplingState begin(List<NoiseLevel> levels, int numInferenceSteps, float initNoiseSigma) {
        return new SamplingState(config, levels, numInferenceSteps, initNoiseSigma);
    }

    /**
     * Starts a run along timesteps of training.
     *
     * @param timesteps one for each call of the model
     * @param numInferenceSteps the number of steps that was asked for
     * @param finalAlpha the image's share of the variance at the end
     * @return the state before the first step
     */
    protected final SamplingState startAt(int[] timesteps, int numInferenceSteps, float finalAlpha) {
        List<NoiseLevel> levels = new ArrayList<>();
        for (int timestep : timesteps) {
            levels.add(NoiseLevel.ofAlpha(timestep, noiseSchedule.alphaCumprod(timestep)));
        }
        levels.add(NoiseLevel.ofAlpha(-1, finalAlpha));
        return begin(levels, numInferenceSteps, 1);
    }

    /**
     * Returns the image's share of the variance at a timestep.
     *
     * @param timestep a timestep of training, or a negative number for the end of a run
     * @param finalAlpha the share at the end
     * @return the share
     */
    protected final float alphaAt(int timestep, float finalAlpha) {
        return timestep < 0 ? finalAlpha : noiseSchedule.alphaCumprod(timestep);
    }

    /**
     * Returns where a run ends: at the image itself, or at timestep 0 if {@code set_alpha_to_one} says so.
     *
     * @param oneByDefault the class's default
     * @return the image's share of the variance at the end
     */
    protected final float finalAlpha(boolean oneByDefault) {
        Boolean chosen = config.setAlphaToOne();
        return (chosen == null ? oneByDefault : chosen) ? 1 : noiseSchedule.alphaCumprod(0);
    }
}
