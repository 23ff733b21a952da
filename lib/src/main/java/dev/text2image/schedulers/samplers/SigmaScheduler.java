package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.List;

/** A sampler of EDM's kind (arXiv 2206.00364): it keeps the image and walks down {@link SigmaLevels}, spread by linspace by default. */
abstract class SigmaScheduler extends Scheduler {
    private final SigmaLevels sigmas;

    /**
     * Takes a configuration of whatever class.
     *
     * @param className the hub's name of this class
     * @param config the configuration
     * @param options the hub's options that this class reads of it
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    SigmaScheduler(String className, SchedulerConfig config, String... options) {
        super(className, config, TimestepSpacing.LINSPACE);
        Schedulers.checkBetaSchedule(config, className);
        sigmas = new SigmaLevels(config(), noiseSchedule(), timestepSpacing(), SchedulerFields.of(config, options));
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        List<NoiseLevel> levels = sigmas.levels(numInferenceSteps);
        return begin(calls(levels), numInferenceSteps, sigmas.initNoiseSigma(levels));
    }

    /**
     * Lays out the calls of the model.
     *
     * @param levels one for each step, and the one at which the run ends
     * @return one for each call, and the one at which the run ends
     */
    List<NoiseLevel> calls(List<NoiseLevel> levels) {
        return levels;
    }

    @Override
    protected List<String> settings() {
        return sigmas.settings();
    }
}
