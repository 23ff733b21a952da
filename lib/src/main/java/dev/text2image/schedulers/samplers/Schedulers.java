package dev.text2image.schedulers.samplers;

import com.google.gson.JsonObject;
import dev.text2image.schedulers.BetaSchedule;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerConfigBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Builds schedulers by name: those of a {@code scheduler_config.json}, and others from the same configuration.
 *
 * <p>What happens to a configuration that goes from one class to another is upstream's rule (configuration_utils.py): what the
 * model's file states goes with it, {@code timestep_spacing} and {@code steps_offset} as well, and what it does not state takes the
 * default of the new class, whatever that of the old one was. {@link Scheduler#describe} says which is which. Only the betas, which
 * are the model's, keep the defaults of the class that the file names.
 */
public final class Schedulers {
    private static final List<Registration> ALL = List.of(
            new Registration("ddpm", DDPMScheduler.CLASS_NAME, DDPMScheduler::from),
            new Registration("ddim", DDIMScheduler.CLASS_NAME, DDIMScheduler::from),
            new Registration("pndm", PNDMScheduler.CLASS_NAME, PNDMScheduler::from),
            new Registration("euler", EulerDiscreteScheduler.CLASS_NAME, EulerDiscreteScheduler::from),
            new Registration(
                    "euler-a", EulerAncestralDiscreteScheduler.CLASS_NAME, EulerAncestralDiscreteScheduler::from),
            new Registration("heun", HeunDiscreteScheduler.CLASS_NAME, HeunDiscreteScheduler::from),
            new Registration("lms", LMSDiscreteScheduler.CLASS_NAME, LMSDiscreteScheduler::from),
            new Registration("dpm++-2m", DPMSolverMultistepScheduler.CLASS_NAME, DPMSolverMultistepScheduler::from)
                    .with(config ->
                            config.option("algorithm_type", "dpmsolver++").option("solver_order", 2)),
            new Registration("dpm++-2m-sde", DPMSolverMultistepScheduler.CLASS_NAME, DPMSolverMultistepScheduler::from)
                    .with(config ->
                            config.option("algorithm_type", "sde-dpmsolver++").option("solver_order", 2)),
            new Registration("dpm++-2s", DPMSolverSinglestepScheduler.CLASS_NAME, DPMSolverSinglestepScheduler::from)
                    .with(config ->
                            config.option("algorithm_type", "dpmsolver++").option("solver_order", 2)),
            new Registration("unipc", UniPCMultistepScheduler.CLASS_NAME, UniPCMultistepScheduler::from),
            new Registration("lcm", LCMScheduler.CLASS_NAME, LCMScheduler::from));

    /** The classes of the hub that are not here, each with the one that does most nearly the same. */
    private static final Map<String, String> NEAREST = Map.of(
            "DEISMultistepScheduler", DPMSolverMultistepScheduler.CLASS_NAME,
            "DPMSolverSDEScheduler", DPMSolverMultistepScheduler.CLASS_NAME + " with algorithm_type sde-dpmsolver++",
            "EDMEulerScheduler", EulerDiscreteScheduler.CLASS_NAME,
            "IPNDMScheduler", PNDMScheduler.CLASS_NAME,
            "KDPM2DiscreteScheduler", HeunDiscreteScheduler.CLASS_NAME,
            "KDPM2AncestralDiscreteScheduler", EulerAncestralDiscreteScheduler.CLASS_NAME,
            "SASolverScheduler", UniPCMultistepScheduler.CLASS_NAME,
            "TCDScheduler", LCMScheduler.CLASS_NAME,
            "DDIMParallelScheduler", DDIMScheduler.CLASS_NAME,
            "DDPMParallelScheduler", DDPMScheduler.CLASS_NAME);

    private static final List<SigmaSpacing> SUFFIXES =
            List.of(SigmaSpacing.KARRAS, SigmaSpacing.EXPONENTIAL, SigmaSpacing.BETA);
    /** The classes that spread their sigmas by choice. */
    private static final List<String> WITH_SUFFIX =
            List.of("euler", "heun", "lms", "dpm++-2m", "dpm++-2m-sde", "dpm++-2s", "unipc");

    private Schedulers() {}

    private record Registration(
            String name,
            String className,
            Function<SchedulerConfig, Scheduler> factory,
            Consumer<SchedulerConfigBuilder> settings) {
        Registration(String name, String className, Function<SchedulerConfig, Scheduler> factory) {
            this(name, className, factory, config -> {});
        }

        Registration with(Consumer<SchedulerConfigBuilder> changed) {
            return new Registration(name, className, factory, changed);
        }
    }

    /**
     * Returns the short names of all schedulers. {@code -karras}, {@code -exponential} or {@code -beta} may follow the name of one
     * that walks along sigmas.
     *
     * @return the names, as on the command line, for example {@code "dpm++-2m"}
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
     * @throws IllegalArgumentException if the class is missing or not one of this library; the message names the nearest that is
     */
    public static Scheduler from(SchedulerConfig config) {
        String className = config.className() == null ? "missing" : config.className();
        return find(registration -> registration.className().equals(className))
                .orElseThrow(() -> new IllegalArgumentException(
                        "Scheduler configuration: _class_name is " + className + "; " + advice(className)))
                .factory()
                .apply(config);
    }

    private static String advice(String className) {
        if (className.startsWith("FlowMatch")) {
            return "models of flow matching are not supported.";
        }
        String nearest = NEAREST.get(className);
        return (nearest == null ? "" : "the nearest here is " + nearest + "; ")
                + "use one of: "
                + ALL.stream().map(Registration::className).distinct().collect(Collectors.joining(", "))
                + ", or build one of them from the configuration.";
    }

    /**
     * Builds a scheduler by name from the configuration of another, for example
     * {@code Schedulers.named("DPM++ 2M Karras", pipeline.scheduler().config())}.
     *
     * @param name one of {@link #names}, followed or not by the spread of its sigmas, or the hub's name of a class, in capitals or
     *     not and with spaces, hyphens or underscores. A short name settles what it says and leaves all else to the configuration
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if there is no such name, or the scheduler cannot be built from the configuration
     */
    public static Scheduler named(String name, SchedulerConfig config) {
        Optional<Registration> ofClass =
                find(registration -> registration.className().equalsIgnoreCase(name));
        if (ofClass.isPresent()) {
            return ofClass.get().factory().apply(config);
        }
        String plain = name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", "-");
        SchedulerConfigBuilder changed = config.toBuilder();
        for (SigmaSpacing spacing : SUFFIXES) {
            String suffix = "-" + spacing.name().toLowerCase(Locale.ROOT);
            if (plain.endsWith(suffix)) {
                plain = plain.substring(0, plain.length() - suffix.length());
                requireSuffix(name, plain);
                SUFFIXES.forEach(other -> changed.option(other.field(), other == spacing));
            }
        }
        String wanted = plain;
        Registration found = find(registration -> registration.name().equals(wanted))
                .orElseThrow(() -> new IllegalArgumentException("There is no scheduler " + name + "; use one of: "
                        + String.join(", ", names()) + ", or the name of a class as in "
                        + ALL.get(0).className()
                        + "."));
        found.settings().accept(changed);
        return found.factory().apply(changed.build());
    }

    private static void requireSuffix(String name, String plain) {
        if (names().contains(plain) && !WITH_SUFFIX.contains(plain)) {
            throw new IllegalArgumentException("There is no scheduler " + name + ": " + plain
                    + " has one spread of its noise only; use it alone, or one of: " + String.join(", ", WITH_SUFFIX)
                    + ".");
        }
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

    /** Rejects a zero terminal SNR for a class that would ignore it at the hub, and sample along other noise than was trained with. */
    static void checkTerminalSnr(SchedulerConfig config, String className) {
        if (config.rescaleBetasZeroSnr()) {
            throw new IllegalArgumentException(
                    className + ": rescale_betas_zero_snr is true, which the hub's class does"
                            + " not have; use EulerDiscreteScheduler, DPMSolverMultistepScheduler or DDIMScheduler with trailing"
                            + " timestep_spacing.");
        }
    }
}
