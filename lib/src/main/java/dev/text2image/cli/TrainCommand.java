package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.training.Trainer;
import dev.text2image.training.TrainingConfig;
import dev.text2image.training.TrainingFlag;
import dev.text2image.training.TrainingFlags;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Fine-tunes a model; its flags are those of {@link TrainingFlags}. */
@Command(
        name = "train",
        description = "Fine-tunes a Stable Diffusion model on captioned images; flags as in diffusers'"
                + " train_text_to_image.py.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    /** Adds the flags to the command, in the groups of the help. */
    static CommandLine withFlags(CommandLine command) {
        Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
        for (TrainingFlag flag : TrainingFlags.all()) {
            groups.computeIfAbsent(flag.group(), TrainCommand::group).addArg(option(flag));
        }
        groups.values().forEach(group -> command.getCommandSpec().addArgGroup(group.build()));
        return command;
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
                .fallbackValue(flag.bareText())
                .paramLabel("<" + flag.name() + ">")
                .description(first + flag.description().substring(1) + ending)
                .build();
    }

    @Override
    public Integer call() {
        ParseResult given = spec.commandLine().getParseResult();
        Map<String, List<String>> texts = new LinkedHashMap<>();
        for (TrainingFlag flag : TrainingFlags.all()) {
            OptionSpec option = given.matchedOption("--" + flag.name());
            if (option != null) {
                texts.put(flag.name(), option.stringValues());
            }
        }
        TrainingConfig config = parse(texts);
        try (Trainer trainer = new Trainer(config)) {
            System.out.println(trainer.describe());
            trainer.run();
        }
        System.out.println("Fine-tuned model: " + config.outputDir());
        return 0;
    }

    private TrainingConfig parse(Map<String, List<String>> texts) {
        try {
            TrainingConfig config = TrainingFlags.parse(texts);
            config.modelDirectory(); // says so if the flag is missing
            config.dataDirectory();
            return config;
        } catch (InvalidInputException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
