package dev.text2image.cli;

import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.publishing.Publisher;
import dev.text2image.torch.GraphicsCard;
import dev.text2image.training.Trainer;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.HubFlags;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingFlag;
import dev.text2image.training.config.TrainingFlags;
import dev.text2image.training.planning.TrainingEstimate;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Fine-tunes a model; its words are those of a {@link GuideCommand}, its flags those of {@link TrainingFlags}. */
@Command(
        name = "train",
        customSynopsis = "text2image train [--dry_run] [--config FILE] [accelerate launch ... SCRIPT] FLAGS",
        description = "Fine-tunes a Stable Diffusion model on captioned images; flags as in diffusers'"
                + " train_text_to_image.py.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    /** The name under which adapters are trained. */
    static final String LORA_NAME = "train-lora";

    private static final String CONFIG = "config";

    private final boolean lora;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "JSON file of hyper-parameters, or a checkpoint's training_state.json; flags win over it.")
    private @Nullable Path configFile;

    @Option(names = "--dry_run", description = "Check everything, print what the run will take, and do not start it.")
    private boolean dryRun;

    @Parameters(arity = "0..*", hidden = true)
    private List<String> words = List.of();

    private TrainCommand(boolean lora) {
        this.lora = lora;
    }

    /** Makes the command. Its flags are read by {@link GuideCommand}; picocli only shows them in the help. */
    static CommandLine commandLine(boolean lora) {
        CommandLine command = new CommandLine(new TrainCommand(lora)).setUnmatchedOptionsArePositionalParams(true);
        if (lora) {
            command.setCommandName(LORA_NAME);
            command.getCommandSpec()
                    .usageMessage()
                    .customSynopsis("text2image train-lora [--dry_run] [--config FILE] FLAGS")
                    .description("Trains low-rank adapters (LoRA) of a Stable Diffusion model; flags as in diffusers'"
                            + " train_text_to_image_lora.py.");
        }
        CommandLine.Help flags = new CommandLine(flags()).getHelp();
        command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> help.optionList() + flags.optionList());
        return command;
    }

    private static CommandSpec flags() {
        Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
        Stream.concat(TrainingFlags.all().stream(), HubFlags.all().stream())
                .forEach(flag -> groups.computeIfAbsent(flag.group(), TrainCommand::group)
                        .addArg(option(flag)));
        CommandSpec flags = CommandSpec.create();
        flags.usageMessage().sortOptions(false);
        groups.values().forEach(group -> flags.addArgGroup(group.build()));
        return flags;
    }

    private static ArgGroupSpec.Builder group(String title) {
        return ArgGroupSpec.builder()
                .heading("%n" + title + "%n")
                .exclusive(false)
                .validate(false);
    }

    private static OptionSpec option(TrainingFlag flag) {
        String first = flag.description().substring(0, 1).toUpperCase(Locale.ROOT);
        boolean isSwitch = flag.type() == boolean.class;
        String ending = flag.defaultText().isEmpty() || isSwitch ? "." : " (default: " + flag.defaultText() + ").";
        return OptionSpec.builder("--" + flag.name())
                .type(flag.takesSeveral() ? List.class : String.class)
                .auxiliaryTypes(String.class)
                .arity(isSwitch ? "0" : flag.takesSeveral() ? "1..*" : flag.standsAlone() ? "0..1" : "1")
                .paramLabel("<" + flag.name() + ">")
                .description(first + flag.description().substring(1) + ending)
                .build();
    }

    @Override
    public Integer call() {
        GuideCommand command = parse();
        TrainingConfig config = command.config();
        Publisher publisher = publisher(command.hub(), config);
        command.notes().forEach(note -> System.out.println("Note: " + note));
        GraphicsCard.notes(config.device(), config.processes()).forEach(note -> System.out.println("Note: " + note));
        TrainingEstimate estimate = TrainingEstimate.of(config);
        estimate.data().notes().forEach(note -> System.out.println("Note: " + note));
        System.out.println(estimate.text());
        if (dryRun) {
            return estimate.fits() ? 0 : 1;
        }
        if (publisher != null) {
            publisher.create();
        }
        String result = (config.lora() == null ? "Fine-tuned model: " : "LoRA weights: ") + config.outputDir();
        try (Trainer trainer = new Trainer(config, estimate)) {
            System.out.println(trainer.describe());
            run(trainer);
            System.out.println(result);
            if (publisher != null) {
                System.out.println("Pushed: " + publisher.publish(trainer));
            }
        }
        return 0;
    }

    private static @Nullable Publisher publisher(HubFlags flags, TrainingConfig config) {
        if (!flags.pushToHub()) {
            return null;
        }
        String id = flags.hubModelId();
        String name = id == null ? Publisher.nameOf(Path.of(config.outputDir())) : id;
        return Publisher.check(HubToken.hub(flags.hubToken(), "--hub_token"), name, flags.hubPrivateRepo());
    }

    /** Runs to the end; a run that is stopped after its first step leaves a checkpoint. */
    private static void run(Trainer trainer) {
        try {
            trainer.run();
        } catch (CancellationException e) {
            if (trainer.history().rows().isEmpty()) {
                throw e;
            }
            boolean interrupted = Thread.interrupted(); // the checkpoint is written although the run is stopped
            Path checkpoint = trainer.writeCheckpoint();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            CancellationException stopped = new CancellationException(
                    "Stopped. Go on with: --resume_from_checkpoint " + checkpoint.getFileName());
            stopped.initCause(e);
            throw stopped;
        }
    }

    private GuideCommand parse() {
        try {
            GuideCommand command = GuideCommand.parse(words, defaults());
            command.config().modelDirectory(); // says so if the flag is missing
            command.config().dataDirectory();
            return command;
        } catch (InvalidInputException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The values of flags that are not given: those of the file, if there is one. */
    private TrainingConfig defaults() {
        TrainingConfig defaults = configFile == null ? TrainingConfig.builder().build() : saved(configFile);
        return lora ? GuideCommand.loraDefaults(defaults) : defaults;
    }

    private static TrainingConfig saved(Path file) {
        JsonObject json = Json.readObject(file);
        try {
            return TrainingConfig.fromJson(json.get(CONFIG) instanceof JsonObject config ? config : json);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(file + ": " + e.getMessage(), e);
        }
    }
}
