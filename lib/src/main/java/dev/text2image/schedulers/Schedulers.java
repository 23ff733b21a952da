package dev.text2image.schedulers;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Builds the scheduler that a {@code scheduler_config.json} names. */
public final class Schedulers {
    private static final List<Registration> ALL = List.of(
            new Registration("ddpm", DDPMScheduler.CLASS_NAME, DDPMScheduler::from),
            new Registration("ddim", DDIMScheduler.CLASS_NAME, DDIMScheduler::from),
            new Registration("pndm", PNDMScheduler.CLASS_NAME, PNDMScheduler::from),
            new Registration("euler", EulerDiscreteScheduler.CLASS_NAME, EulerDiscreteScheduler::from));

    private Schedulers() {}

    private record Registration(String name, String className, Function<SchedulerConfig, Scheduler> factory) {}

    /**
     * Returns the short names of all schedulers.
     *
     * @return the names, as on the command line, for example {@code "ddim"}
     */
    public static List<String> names() {
        return ALL.stream().map(Registration::name).toList();
    }

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
        return find(registration -> registration.className().equals(className))
                .orElseThrow(() -> new IllegalArgumentException("Scheduler configuration: _class_name is " + className
                        + "; use one of: "
                        + ALL.stream().map(Registration::className).collect(Collectors.joining(", "))
                        + ", or build one of them from the configuration."))
                .factory()
                .apply(config);
    }

    /**
     * Builds a scheduler by its short name.
     *
     * @param name one of {@link #names}
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if there is no such name, or the scheduler cannot be built from the configuration
     */
    public static Scheduler named(String name, SchedulerConfig config) {
        return find(registration -> registration.name().equals(name))
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no scheduler " + name + "; use one of: " + String.join(", ", names()) + "."))
                .factory()
                .apply(config);
    }

    private static Optional<Registration> find(Predicate<Registration> wanted) {
        return ALL.stream().filter(wanted).findFirst();
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
