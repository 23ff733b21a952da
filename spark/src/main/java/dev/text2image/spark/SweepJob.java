package dev.text2image.spark;

import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Trains with each combination of some hyper-parameters, each run a task, and writes a table of the results. */
final class SweepJob {
    private static final String TABLE = "sweep.csv";

    private final Path output;
    private final List<SweepRun> runs;

    /**
     * Reads the words and checks the flags of each run.
     *
     * @param words {@code NAME=A,B}, once or more, then {@code train} or {@code train-lora} with its flags, then perhaps
     *     {@code evaluate} with its flags
     * @throws InvalidInputException if they cannot be used
     */
    SweepJob(List<String> words) {
        int train = (int)
                words.stream().takeWhile(word -> !word.startsWith("train")).count();
        List<String> command = words.subList(train, words.size());
        if (train == 0 || command.isEmpty()) {
            throw new InvalidInputException("A sweep needs values and a training, for example: sweep rank=4,8"
                    + " learning_rate=1e-4,1e-3 train-lora --pretrained_model_name_or_path ...");
        }
        int evaluate = command.indexOf("evaluate");
        List<String> training = evaluate < 0 ? command : command.subList(0, evaluate);
        List<String> evaluation = evaluate < 0 ? List.of() : command.subList(evaluate, command.size());
        this.output = Path.of(config(training).outputDir());
        this.runs = combinations(words.subList(0, train)).stream()
                .map(values -> new SweepRun(values, output.resolve(name(values)).toString(), training, evaluation))
                .toList();
        runs.forEach(run -> config(run.training()));
    }

    /** The hyper-parameters of {@code train} or {@code train-lora} with its flags. */
    static TrainingConfig config(List<String> training) {
        return command(training).config();
    }

    /** What {@code train} or {@code train-lora} with its flags means. */
    static GuideCommand command(List<String> training) {
        TrainingConfig defaults = TrainingConfig.builder().build();
        boolean lora = training.get(0).equals(SweepRun.TRAIN_LORA);
        return GuideCommand.parse(
                training.subList(1, training.size()), lora ? GuideCommand.loraDefaults(defaults) : defaults);
    }

    /** Each value of the first flag with each of the others, in order. */
    static List<Map<String, String>> combinations(List<String> flags) {
        List<Map<String, String>> all = List.of(Map.of());
        for (String flag : flags) {
            int end = flag.indexOf('=');
            if (end < 1) {
                throw new InvalidInputException(
                        "'" + flag + "' has no values; give the name of a flag and its values, such as rank=4,8.");
            }
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> values : all) {
                for (String value : flag.substring(end + 1).split(",", -1)) {
                    Map<String, String> one = new LinkedHashMap<>(values);
                    one.put(flag.substring(0, end), value);
                    longer.add(one);
                }
            }
            all = longer;
        }
        return all;
    }

    /** A name for a directory, such as rank-4_learning_rate-1e-4. */
    private static String name(Map<String, String> values) {
        return values.entrySet().stream()
                .map(value -> value.getKey() + "-" + (value.getValue().isEmpty() ? "none" : value.getValue()))
                .collect(Collectors.joining("_"));
    }

    void run() {
        List<LinkedHashMap<String, String>> rows;
        try (Cluster cluster = new Cluster("sweep")) {
            rows = cluster.each("runs", runs, SweepRun::run);
        }
        String header = String.join(",", rows.get(0).keySet());
        String table = rows.stream()
                .map(row -> String.join(",", row.values()))
                .collect(Collectors.joining("\n", header + "\n", "\n"));
        AtomicFiles.writeString(output.resolve(TABLE), table);
        System.out.print(table);
        System.out.println("Sweep: " + output);
    }
}
