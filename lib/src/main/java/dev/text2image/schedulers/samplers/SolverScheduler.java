package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.TimestepSpacing;
import org.jspecify.annotations.Nullable;

/** A sampler that walks down {@link SolverLevels}, spread by linspace where nothing else is said. */
abstract class SolverScheduler extends Scheduler {
    private final SolverLevels levels;

    /**
     * Takes a configuration of whatever class.
     *
     * @param className the hub's name of this class
     * @param config the configuration
     * @param spacing how timesteps are spread where the configuration leaves it open; null if the class has one way only
     * @param variant in what the class differs from the other solvers
     * @param options the hub's options of the levels that this class reads of the configuration
     */
    SolverScheduler(
            String className,
            SchedulerConfig config,
            @Nullable TimestepSpacing spacing,
            SolverLevels.Variant variant,
            String... options) {
        super(className, config, spacing);
        levels = new SolverLevels(
                variant,
                config(),
                noiseSchedule(),
                spacing == null ? TimestepSpacing.LINSPACE : timestepSpacing(),
                SchedulerFields.of(config, options));
    }

    final SolverLevels levels() {
        return levels;
    }

    @Override
    public final SamplingState start(int numInferenceSteps) {
        return begin(levels.levels(numInferenceSteps), numInferenceSteps, 1);
    }
}
