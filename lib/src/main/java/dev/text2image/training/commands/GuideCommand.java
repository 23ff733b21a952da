package dev.text2image.training.commands;

import dev.text2image.io.InvalidInputException;
import dev.text2image.training.config.HubFlags;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingFlags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A command of diffusers' text-to-image guide, understood: {@code accelerate launch ... train_text_to_image.py --flags}, as it is
 * pasted from the guide, or the flags alone.
 *
 * <pre>{@code
 * GuideCommand command = GuideCommand.parse("""
 *         export MODEL_NAME="models/stable-diffusion-v1-5"
 *         accelerate launch --mixed_precision="bf16" train_text_to_image.py \\
 *           --pretrained_model_name_or_path=$MODEL_NAME --train_data_dir=data --use_ema
 *         """);
 * command.notes().forEach(System.out::println);
 * Trainer trainer = new Trainer(command.config());
 * }</pre>
 *
 * @param config the hyper-parameters
 * @param hub whether and where the result is published
 * @param notes what a person should know about the command, one sentence each: flags without effect here, and usual mistakes
 */
public record GuideCommand(TrainingConfig config, HubFlags hub, List<String> notes) {
    private static final String REPORT_TO = "report_to";
    private static final String TENSORBOARD = "tensorboard";
    private static final List<String> OTHER_TRACKERS = List.of("wandb", "comet_ml");

    /** Keeps its own copy of the notes. */
    public GuideCommand {
        notes = List.copyOf(notes);
    }

    /**
     * Understands a command in a shell's notation: quotes, comments, continued lines, and variables that the text or the
     * environment sets. Nothing is run; commands other than the training are left out.
     *
     * @param text one or more lines
     * @return the command
     * @throws InvalidInputException if it runs another script, or a flag or its value cannot be used
     */
    public static GuideCommand parse(String text) {
        return parse(text, TrainingConfig.builder().build());
    }

    /**
     * Understands the words of a command, as a shell hands them over.
     *
     * @param words the words; a single one with blanks in it is read as a command in a shell's notation
     * @param defaults the values of the flags that are not given
     * @return the command
     * @throws InvalidInputException if it runs another script, or a flag or its value cannot be used
     */
    public static GuideCommand parse(List<String> words, TrainingConfig defaults) {
        return words.size() == 1 && isShellText(words.get(0))
                ? parse(words.get(0), defaults)
                : read(words, defaults, List.of());
    }

    private static boolean isShellText(String word) {
        boolean isOneFlag = GivenFlags.FLAG.matcher(word).matches() && !word.matches("(?s).*\\s--.*");
        return word.matches("(?s).*\\s.*") && !isOneFlag;
    }

    private static GuideCommand parse(String text, TrainingConfig defaults) {
        ShellScript script = ShellScript.read(text);
        List<String> training = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (List<String> command : script.commands()) {
            if (training.isEmpty() && Launch.isTraining(command)) {
                training.addAll(command);
            } else if (!training.isEmpty() && command.get(0).startsWith("--")) {
                training.addAll(command);
                notes.add("The line before " + command.get(0).replaceFirst("(?s)=.*", "")
                        + " does not end in a backslash, so a shell would stop there; the flags behind it count here.");
            } else {
                notes.add(command.get(0) + " is left out; only the training command counts.");
            }
        }
        if (training.isEmpty()) {
            throw new InvalidInputException("The text has no training command; give accelerate launch"
                    + " train_text_to_image.py and its flags, or the flags alone.");
        }
        if (script.variables().containsKey("CUDA_VISIBLE_DEVICES")) {
            notes.add("CUDA_VISIBLE_DEVICES has no effect; choose the GPU with --device, such as cuda:1.");
        }
        return read(training, defaults, notes);
    }

    private static GuideCommand read(List<String> words, TrainingConfig defaults, List<String> earlierNotes) {
        Launch launch = Launch.of(words);
        LauncherFlags launcher = LauncherFlags.read(launch.launcher());
        GivenFlags given = GivenFlags.read(launch.flags());
        Map<String, List<String>> texts = new LinkedHashMap<>(launcher.settings());
        texts.putAll(given.texts());
        checkVariables(texts);
        List<String> notes = new ArrayList<>(earlierNotes);
        notes.addAll(launcher.notes());
        notes.addAll(given.notes());
        replaceTracker(texts, notes);
        HubFlags hub = HubFlags.take(texts);
        TrainingConfig config = TrainingFlags.parse(texts, launch.lora() ? loraDefaults(defaults) : defaults);
        notes.addAll(CommandNotes.on(texts.keySet(), config, hub));
        return new GuideCommand(config, hub, notes);
    }

    /**
     * Returns the defaults of diffusers' train_text_to_image_lora.py: adapters, another output directory, and a validation after each
     * epoch.
     *
     * @param defaults the values of flags that are not given
     * @return the same if they have adapters
     */
    public static TrainingConfig loraDefaults(TrainingConfig defaults) {
        if (defaults.lora() != null) {
            return defaults;
        }
        TrainingConfig full = TrainingConfig.builder().build();
        String output = full.outputDir();
        int epochs = full.validationEpochs();
        return defaults.toBuilder()
                .lora(LoraConfig.builder().build())
                .outputDir(defaults.outputDir().equals(output) ? output + "-lora" : defaults.outputDir())
                .validationEpochs(defaults.validationEpochs() == epochs ? 1 : defaults.validationEpochs())
                .build();
    }

    private static void replaceTracker(Map<String, List<String>> texts, List<String> notes) {
        String tracker = String.join(" ", texts.getOrDefault(REPORT_TO, List.of()));
        if (OTHER_TRACKERS.contains(tracker)) {
            texts.put(REPORT_TO, List.of(TENSORBOARD));
            notes.add("report_to is " + tracker + ", but TensorBoard's files are written instead.");
        }
    }

    private static void checkVariables(Map<String, List<String>> texts) {
        texts.forEach((name, values) -> values.stream()
                .filter(value -> value.indexOf(ShellScript.UNSET) >= 0)
                .findFirst()
                .ifPresent(value -> {
                    String variable = value.replaceFirst("^[^\\x00]*\\x00(\\w+).*$", "$1");
                    throw new InvalidInputException(
                            name + " uses the variable " + variable + ", which is not set; write export " + variable
                                    + "=... before the command, or the value.");
                }));
    }
}
