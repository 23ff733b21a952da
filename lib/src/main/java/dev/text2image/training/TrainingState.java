package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything of a run that changes: weights, averages, the optimizer's memory and the number of steps done. Data order and noise
 * follow from the number of steps, so nothing else needs saving.
 */
final class TrainingState implements AutoCloseable {
    private static final List<String> UNCHANGEABLE = List.of(
            "train_text_encoder",
            "use_ema",
            "seed",
            "resolution",
            "train_batch_size",
            "gradient_accumulation_steps",
            "max_train_samples");
    static final String OPTIMIZER_FILE = "optimizer.safetensors";

    private final TrainedModels models;
    private final List<Averaged> averages = new ArrayList<>();
    private final Optimizer optimizer;
    private int step;

    /** A model with the average of its weights, and their places in a checkpoint. */
    private record Averaged(String folder, PretrainedModel model, EMAModel average) {}

    /**
     * Starts or resumes.
     *
     * @param models the models, loaded from the checkpoint if there is one
     * @param config the run
     * @param checkpoint the checkpoint to go on from, or null
     */
    TrainingState(TrainedModels models, TrainingConfig config, @Nullable Path checkpoint) {
        this.models = models;
        this.optimizer = new AdamW(models.trainedTensors(), config.optimizerSettings());
        JsonFields saved = checkpoint == null ? null : JsonFields.read(checkpoint.resolve(Checkpoints.STATE_FILE));
        if (config.useEma()) {
            addAverage("unet", models.unet(), config, checkpoint, saved);
            if (models.trainsTextEncoder()) {
                addAverage("text_encoder", models.textEncoder(), config, checkpoint, saved);
            }
        }
        if (checkpoint != null && saved != null) {
            step = saved.integer("global_step");
            readOptimizer(checkpoint.resolve(OPTIMIZER_FILE));
        }
    }

    private void addAverage(
            String folder,
            PretrainedModel model,
            TrainingConfig config,
            @Nullable Path checkpoint,
            @Nullable JsonFields saved) {
        EMAModel.Options options = config.emaOptions();
        EMAModel average = checkpoint == null || saved == null
                ? new EMAModel(model.weights(), options)
                : new EMAModel(
                        model.weights(),
                        model.readWeights(checkpoint.resolve(folder + "_ema")),
                        saved.integer("ema_optimization_step"),
                        options);
        averages.add(new Averaged(folder, model, average));
    }

    private void readOptimizer(Path file) {
        try (SafeTensorsFile saved = SafeTensorsFile.open(file)) {
            optimizer.state().forEach((name, tensor) -> {
                try (NDArray value = saved.read(tensor.getManager(), name)) {
                    value.copyTo(tensor);
                }
            });
        }
    }

    /**
     * Checks that a run can go on from a checkpoint with the same bits.
     *
     * @throws InvalidInputException listing every hyper-parameter that decides about data, noise or what is trained and differs
     */
    static void checkSameRun(Path checkpoint, TrainingConfig config) {
        Path file = checkpoint.resolve(Checkpoints.STATE_FILE);
        JsonObject saved = Json.readObject(file).getAsJsonObject("config");
        JsonObject wanted = config.toJson();
        List<String> differences = UNCHANGEABLE.stream()
                .filter(name -> !Objects.equals(String.valueOf(saved.get(name)), String.valueOf(wanted.get(name))))
                .map(name -> name + " was " + saved.get(name) + " and is " + wanted.get(name))
                .toList();
        if (!differences.isEmpty()) {
            throw new InvalidInputException("The run cannot go on from " + checkpoint + ": "
                    + String.join("; ", differences) + ". Use the same values, or another output_dir.");
        }
    }

    /** Writes everything into the directory of a checkpoint. */
    void write(Path directory, TrainingConfig config) {
        NonFinite.check(models.trainedTensors());
        models.unet().save(directory.resolve("unet"));
        if (models.trainsTextEncoder()) {
            models.textEncoder().save(directory.resolve("text_encoder"));
        }
        averages.forEach(averaged -> averaged.model()
                .save(
                        directory.resolve(averaged.folder() + "_ema"),
                        averaged.average().weights()));
        SafeTensorsWriter.writeArrays(directory.resolve(OPTIMIZER_FILE), optimizer.state());
        JsonObject state = new JsonObject();
        state.addProperty("global_step", step);
        if (!averages.isEmpty()) {
            state.addProperty("ema_optimization_step", averages.get(0).average().optimizationStep());
        }
        state.add("config", config.toJson());
        Json.write(directory.resolve(Checkpoints.STATE_FILE), state);
    }

    /** Applies the gathered gradients; returns the decay of the averages, 0 without any. */
    double apply(double learningRate, float norm, double maxNorm) {
        optimizer.step(learningRate, norm, maxNorm);
        double decay = 0;
        for (Averaged averaged : averages) {
            decay = averaged.average().step();
        }
        return decay;
    }

    Optimizer optimizer() {
        return optimizer;
    }

    int step() {
        return step;
    }

    void countStep() {
        step++;
    }

    /** The weights of a model that the run is for: their average if there is one. */
    Weights finalWeights(PretrainedModel model) {
        return averages.stream()
                .filter(averaged -> averaged.model() == model)
                .map(averaged -> averaged.average().weights())
                .findFirst()
                .orElse(model.weights());
    }

    @Override
    public void close() {
        averages.forEach(averaged -> averaged.average().close());
        optimizer.close();
    }
}
