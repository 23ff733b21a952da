package dev.text2image.training.commands;

import dev.text2image.io.InvalidInputException;
import java.util.List;

/**
 * A training command, divided at the script's name: before it {@code accelerate launch}, {@code torchrun} or {@code python} with
 * flags of their own, behind it the script's flags.
 *
 * @param launcher the words before the script's name
 * @param flags the words behind it
 * @param lora whether the script trains adapters
 */
record Launch(List<String> launcher, List<String> flags, boolean lora) {
    private static final String SCRIPT = "train_text_to_image.py";
    private static final String LORA_SCRIPT = "train_text_to_image_lora.py";
    private static final String OWN_LORA = "train-lora";
    private static final String FLAG_START = "--";

    /**
     * Divides a command. One that begins with a flag has no launcher.
     *
     * @param words the words of the command
     * @throws InvalidInputException if it runs another script or none
     */
    static Launch of(List<String> words) {
        int own = isOwnCommand(words) ? 2 : 0;
        if (words.size() == own || words.get(own).startsWith(FLAG_START)) {
            boolean lora = own > 0 && words.get(1).equals(OWN_LORA);
            return new Launch(List.of(), words.subList(own, words.size()), lora);
        }
        for (int i = 0; i < words.size(); i++) {
            if (isScript(words.get(i))) {
                String script = words.get(i).replaceFirst("^.*[/\\\\]", "");
                checkScript(script);
                return new Launch(words.subList(0, i), words.subList(i + 1, words.size()), script.equals(LORA_SCRIPT));
            }
        }
        throw new InvalidInputException("The command does not name " + SCRIPT
                + "; give the whole command, or its flags alone, which begin with two hyphens.");
    }

    /** Says whether words are a training command or its flags, and not something else that a guide lets people run. */
    static boolean isTraining(List<String> words) {
        return words.get(0).startsWith(FLAG_START)
                || String.join(" ", words).startsWith("accelerate launch")
                || isOwnCommand(words)
                || words.stream().anyMatch(Launch::isScript);
    }

    private static boolean isScript(String word) {
        return word.endsWith(".py") && !word.startsWith("-");
    }

    private static boolean isOwnCommand(List<String> words) {
        return words.size() >= 2
                && words.get(0).matches("(.*/)?(run|text2image)")
                && List.of("train", OWN_LORA).contains(words.get(1));
    }

    private static void checkScript(String name) {
        if (!name.equals(SCRIPT) && !name.equals(LORA_SCRIPT)) {
            throw new InvalidInputException("The command runs " + name + ", but of diffusers' scripts only " + SCRIPT
                    + " and " + LORA_SCRIPT + " are known here.");
        }
    }
}
