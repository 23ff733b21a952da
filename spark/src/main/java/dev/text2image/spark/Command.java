package dev.text2image.spark;

import dev.text2image.cli.Main;
import dev.text2image.io.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A command of the command line, for an executor.
 *
 * @param words the command and its flags
 */
record Command(List<String> words) implements Serializable {
    private static final String DEVICE = "--device";

    /** Copies the words. */
    Command {
        words = List.copyOf(words);
    }

    /**
     * Runs the command in this executor, on the GPU that Spark has given the task, if it has given one.
     *
     * @throws InvalidInputException with what the command said, if it failed
     */
    void run() {
        List<String> all = new ArrayList<>(words);
        if (words.stream().noneMatch(word -> word.equals(DEVICE) || word.startsWith(DEVICE + "="))) {
            Cluster.gpu().ifPresent(gpu -> all.addAll(List.of(DEVICE, gpu)));
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = Main.run(new PrintStream(said, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
        if (code != 0) {
            throw new InvalidInputException(
                    said.toString(StandardCharsets.UTF_8).strip());
        }
    }
}
