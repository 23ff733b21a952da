package dev.text2image.training;

import ai.djl.Device;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything of a run that changes: weights, averages, the optimizer's memory and the number of steps done. Data order and noise
 * follow from the number of steps, so nothing else needs saving.
 */
final class TrainingState implements AutoCloseable {
    private static final List<String> FIXED_AT_START = List.of(
            "train_text_encoder",
            "use_ema",
            "seed",
            "resolution",
            "train_batch_size",
            "gradient_accumulation_steps",
            "max_train_samples",
            "validation_samples",
            "use_8bit_adam",
            "prediction_type",
            "rescale_betas_zero_snr");
    private static final Set<String> CHANGEABLE = Set.of(
            "num_train_epochs",
            "max_train_steps",
            "learning_rate",
            "lr_scheduler",
            "lr_warmup_steps",
            "lr_num_cycles",
            "lr_power",
            "lr_step_rules",
            "scale_lr",
            "max_grad_norm",
            "snr_gamma",
            "dream_training",
            "dream_detail_preservation",
            "gradient_checkpointing",
            "checkpointing_steps",
            "checkpoints_total_limit",
            "keep_best_checkpoint",
            "validation_prompts",
            "validation_epochs",
            "validation_steps");
    static final String OPTIMIZER_FILE = "optimizer.safetensors";

    private final TrainedModels models;
    private final List<Averaged> averages = new ArrayList<>();
    private final Map<PretrainedModel, Weights> copies = new HashMap<>();
    private final Optimizer optimizer;
    private final boolean scalesLoss;
    private GradScaler scaler = GradScaler.defaults();
    private int step;
    private int appliedSteps;
    private @Nullable ValidationResult validation;

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
        this.optimizer = config.use8bitAdam()
                ? new AdamW8bit(models.trainedWeights(), config.optimizerSettings())
                : new AdamW(models.trainedWeights(), config.optimizerSettings());
        this.scalesLoss = config.mixedPrecision() == Precision.FP16;
        JsonFields saved = checkpoint == null ? null : JsonFields.read(checkpoint.resolve(Checkpoints.STATE_FILE));
        if (config.useEma()) {
            addAverage("unet", models.unet(), config, checkpoint, saved);
            if (models.trainsTextEncoder()) {
                addAverage("text_encoder", models.textEncoder(), config, checkpoint, saved);
            }
        }
        if (checkpoint != null && saved != null) {
            step = saved.integer("global_step");
            appliedSteps = saved.integer("applied_steps");
            saved.fields("scaler").map(GradScaler::fromJson).ifPresent(last -> scaler = last);
            optimizer.read(checkpoint.resolve(OPTIMIZER_FILE));
        }
    }

    private void addAverage(
            String folder,
            PretrainedModel model,
            TrainingConfig config,
            @Nullable Path checkpoint,
            @Nullable JsonFields saved) {
        EMAModel.Options options = config.emaOptions();
        boolean offloaded = config.offloadEma();
        if (checkpoint == null || saved == null) {
            averages.add(new Averaged(folder, model, new EMAModel(model.weights(), options, offloaded)));
            return;
        }
        Weights shadow =
                model.readWeights(checkpoint.resolve(folder + "_ema"), offloaded ? Device.cpu() : model.device());
        int steps = saved.integer("ema_optimization_step");
        averages.add(new Averaged(folder, model, new EMAModel(model.weights(), shadow, steps, options, offloaded)));
    }

    /**
     * Checks that a run can go on from a checkpoint with the same bits.
     *
     * @throws InvalidInputException listing every hyper-parameter that decides about data, noise or what is trained and differs
     */
    static void checkSameRun(Path checkpoint, TrainingConfig config) {
        Path file = checkpoint.resolve(Checkpoints.STATE_FILE);
        JsonFields state = JsonFields.read(file);
        if (!(state.element("config").orElse(null) instanceof JsonObject before)) {
            throw state.invalid("config", "an object with the run's configuration");
        }
        List<String> differences = differences(before, config.toJson(), FIXED_AT_START);
        if (!differences.isEmpty()) {
            throw new InvalidInputException("The run cannot go on from " + checkpoint + ": "
                    + String.join("; ", differences) + ". Use the same values, or another output_dir.");
        }
    }

    /**
     * Checks that a run can go on with another configuration.
     *
     * @throws InvalidInputException listing every hyper-parameter that is used only when a run starts and differs
     */
    static void checkChangeable(TrainingConfig before, TrainingConfig after) {
        List<String> names = TrainingFlags.all().stream()
                .map(TrainingFlag::name)
                .filter(name -> !CHANGEABLE.contains(name))
                .toList();
        List<String> differences = differences(before.toJson(), after.toJson(), names);
        if (!differences.isEmpty()) {
            throw new InvalidInputException("A run that has started keeps these values: "
                    + String.join("; ", differences) + ". Start another run for them.");
        }
    }

    private static List<String> differences(JsonObject before, JsonObject after, List<String> names) {
        return names.stream()
                .filter(name -> !Objects.equals(before.get(name), after.get(name)))
                .map(name -> name + " was " + before.get(name) + " and is " + after.get(name))
                .toList();
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
        optimizer.write(directory.resolve(OPTIMIZER_FILE));
        JsonObject state = new JsonObject();
        state.addProperty("global_step", step);
        state.addProperty("applied_steps", appliedSteps);
        if (scalesLoss) {
            state.add("scaler", scaler.toJson());
        }
        // Weights can be finite and yet overflow in a pass, above all in float16; JSON has no such numbers.
        if (hasValidationLoss() && validation != null && Double.isFinite(validation.loss())) {
            state.addProperty(Checkpoints.VALIDATION_LOSS, validation.loss());
        }
        if (!averages.isEmpty()) {
            state.addProperty("ema_optimization_step", averages.get(0).average().optimizationStep());
        }
        state.add("config", config.toJson());
        Json.write(directory.resolve(Checkpoints.STATE_FILE), state);
    }

    /** What the loss is multiplied by before the way back: 1 but for float16. */
    double lossScale() {
        return scalesLoss ? scaler.scale() : 1;
    }

    /** The norm of the gathered gradients. */
    float gradientNorm() {
        return optimizer.gradientNorm(lossScale());
    }

    /** Applies the gathered gradients; returns the decay of the averages, 0 without any. */
    double apply(double learningRate, float norm, double maxNorm) {
        optimizer.step(learningRate, norm, maxNorm, lossScale());
        scaler = scaler.update(false);
        double decay = 0;
        for (Averaged averaged : averages) {
            decay = averaged.average().step();
        }
        step++;
        appliedSteps++;
        return decay;
    }

    /** Drops the gathered gradients, which are not finite; returns whether a lower loss scale may help. */
    boolean skip() {
        optimizer.zeroGradients();
        boolean canBackOff = scalesLoss && scaler.scale() > 1;
        scaler = scaler.update(true);
        step++;
        return canBackOff;
    }

    void setValidationLoss(ValidationResult result) {
        validation = result;
    }

    /** Whether the validation loss of the present weights is known. */
    boolean hasValidationLoss() {
        return validation != null && validation.step() == step;
    }

    Optimizer optimizer() {
        return optimizer;
    }

    int step() {
        return step;
    }

    /** The steps that changed the weights; the learning rate follows them. */
    int appliedSteps() {
        return appliedSteps;
    }

    /** The weights of a model that the run is for: their average if there is one. */
    Weights finalWeights(PretrainedModel model) {
        return averages.stream()
                .filter(averaged -> averaged.model() == model)
                .map(averaged -> averaged.average().weights())
                .findFirst()
                .orElse(model.weights());
    }

    /** The same on the device of the model, where an offloaded average is not; a copy is made there and kept until the next one. */
    Weights samplingWeights(PretrainedModel model) {
        Weights weights = finalWeights(model);
        if (weights.device().equals(model.device())) {
            return weights;
        }
        Weights copy = weights.copy(model.device());
        Weights old = copies.put(model, copy);
        if (old != null) {
            old.close();
        }
        return copy;
    }

    @Override
    public void close() {
        copies.values().forEach(Weights::close);
        averages.forEach(averaged -> averaged.average().close());
        optimizer.close();
    }
}
