package dev.text2image.schedulers;

import com.google.gson.JsonObject;

/** Builds the scheduler that a {@code scheduler_config.json} names. */
public final class Schedulers {
    private Schedulers() {}

    /**
     * Builds a scheduler from its file.
     *
     * @param json the content of a {@code scheduler_config.json}
     * @return the scheduler of the class that {@code _class_name} names
     * @throws IllegalArgumentException if the class is missing or not one of this library, or a value is not supported
     */
    public static Scheduler load(JsonObject json) {
        return from(SchedulerConfig.fromJson(json));
    }

    /**
     * Builds the scheduler that a configuration names.
     *
     * @param config the configuration
     * @return the scheduler of the class {@code config.className()}
     * @throws IllegalArgumentException if the class is missing or not one of this library
     */
    public static Scheduler from(SchedulerConfig config) {
        String className = config.className() == null ? "missing" : config.className();
        return switch (className) {
            case DDPMScheduler.CLASS_NAME -> DDPMScheduler.from(config);
            case DDIMScheduler.CLASS_NAME -> DDIMScheduler.from(config);
            case PNDMScheduler.CLASS_NAME -> PNDMScheduler.from(config);
            default ->
                throw new IllegalArgumentException(
                        "Scheduler configuration: _class_name is " + className
                                + "; use one of: DDPMScheduler, DDIMScheduler, PNDMScheduler, or build one of them from the configuration.");
        };
    }

    /** Rejects the schedules that only the hub's DDPM class has, so that whatever is saved here loads there. */
    static void checkBetaSchedule(SchedulerConfig config, String className) {
        BetaSchedule schedule = config.betaSchedule();
        boolean unused = !config.trainedBetas().isEmpty();
        if (!unused && (schedule == BetaSchedule.SIGMOID || schedule == BetaSchedule.LAPLACE)) {
            throw new IllegalArgumentException(className + ": beta_schedule is \"" + schedule.jsonName()
                    + "\"; use one of: linear, scaled_linear, squaredcos_cap_v2, or DDPMScheduler.");
        }
    }
}
