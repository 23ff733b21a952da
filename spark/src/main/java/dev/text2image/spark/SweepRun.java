package dev.text2image.spark;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.lora.LoraFile;
import dev.text2image.trackers.Journal;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.TrainingHistory;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tech.tablesaw.api.Table;

/**
 * One run of a sweep.
 *
 * @param values the hyper-parameters that the sweep varies; an empty text leaves a flag out
 * @param directory where the run writes
 * @param command {@code train} or {@code train-lora} with the flags that all runs have
 * @param evaluate {@code evaluate} with its flags, or nothing
 */
record SweepRun(Map<String, String> values, String directory, List<String> command, List<String> evaluate)
        implements Serializable {
    static final String TRAIN_LORA = "train-lora";

    private static final int SHARE_OF_STEPS = 10;

    /** Copies what is given. */
    SweepRun {
        values = new LinkedHashMap<>(values);
        command = List.copyOf(command);
        evaluate = List.copyOf(evaluate);
    }

    /** The command of this run; what an executor that died had reached, goes on. */
    List<String> training() {
        List<String> words = new ArrayList<>(command);
        values.forEach((name, value) -> {
            if (!value.isEmpty()) {
                words.addAll(List.of("--" + name, value));
            }
        });
        words.addAll(List.of("--output_dir", directory, "--resume_from_checkpoint", "latest"));
        return words;
    }

    /** Trains and evaluates; returns the row of the table. */
    LinkedHashMap<String, String> run() {
        new Command(training()).run();
        TrainingConfig config = SweepJob.config(training());
        LinkedHashMap<String, String> row = new LinkedHashMap<>(values);
        List<TrainingHistory.Row> steps =
                TrainingHistory.read(path("history.csv"), Integer.MAX_VALUE).rows();
        int last = Math.max(1, steps.size() / SHARE_OF_STEPS);
        row.put("steps", String.valueOf(steps.size()));
        row.put(
                "loss",
                number(steps.subList(steps.size() - last, steps.size()).stream()
                        .mapToDouble(TrainingHistory.Row::loss)
                        .average()
                        .orElseThrow()));
        if (config.validationSamples() > 0 || config.validationDataDir() != null) {
            Table losses = Journal.table(Path.of(directory), "validation_loss");
            row.put(
                    "validation_loss",
                    number(losses.doubleColumn("validation_loss").get(losses.rowCount() - 1)));
        }
        if (!evaluate.isEmpty()) {
            evaluate(config, row);
        }
        return row;
    }

    private void evaluate(TrainingConfig config, Map<String, String> row) {
        boolean lora = config.lora() != null;
        List<String> words = new ArrayList<>(evaluate);
        words.addAll(List.of(
                "--pretrained_model_name_or_path",
                lora ? config.modelDirectory().toString() : directory));
        if (lora) {
            words.addAll(List.of("--lora", path(LoraFile.NAME).toString()));
        }
        words.addAll(List.of("--output_dir", path("evaluation").toString()));
        new Command(words).run();
        JsonObject report = Json.readObject(path("evaluation").resolve("evaluation.json"));
        JsonObject reference = report.getAsJsonArray("references").get(0).getAsJsonObject();
        JsonObject names = reference.getAsJsonArray("pixels").get(0).getAsJsonObject();
        row.put("names", number(names.get("hits").getAsDouble()));
        row.put("distance", number(reference.get("distance").getAsDouble()));
        JsonElement style = report.get("style");
        if (style.isJsonObject()) {
            row.put(
                    "style",
                    number(style.getAsJsonObject().get("samples_of_second").getAsDouble()));
        }
    }

    private Path path(String name) {
        return Path.of(directory, name);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }
}
