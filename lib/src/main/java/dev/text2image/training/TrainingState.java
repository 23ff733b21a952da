package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.EMAModel;
import dev.text2image.training.optim.GradScaler;
import dev.text2image.training.optim.Gradients;
import dev.text2image.training.optim.NonFinite;
import dev.text2image.training.optim.Optimizer;
import dev.text2image.training.records.Checkpoints;
import dev.text2image.training.records.RunPrecision;
import dev.text2image.training.records.ValidationResult;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Everything of a run that changes: weights, averages, the optimizer's memory and the number of steps done. Data order and noise
 * follow from the number of steps, so nothing else needs saving.
 */
final class TrainingState implements AutoCloseable {
    private final List<TrainedWeights> trained;
    private final Map<String, Weights> weights;
    private final Map<TrainedWeights, EMAModel> averages = new LinkedHashMap<>();
    private final Map<TrainedWeights, Weights> copies = new HashMap<>();
    private final Optimizer optimizer;
    private final Precision precision;
    private GradScaler scaler = GradScaler.defaults();
    private int step;
    private int appliedSteps;
    private @Nullable ValidationResult validation;

    /**
     * Starts or resumes.
     *
     * @param trained what is trained, loaded from the checkpoint if there is one
     * @param config the run
     * @param precision the number format that it computes in
     * @param checkpoint the checkpoint to go on from, or null
     */
    TrainingState(List<TrainedWeights> trained, TrainingConfig config, Precision precision, @Nullable Path checkpoint) {
        this.precision = precision;
        this.trained = trained;
        this.weights = TrainedWeights.byPrefix(trained);
        this.optimizer = config.optimizer(weights);
        JsonFields saved = checkpoint == null ? null : JsonFields.read(checkpoint.resolve(Checkpoints.STATE_FILE));
        if (config.useEma()) {
            trained.forEach(part -> averages.put(part, average(part, config, checkpoint, saved)));
        }
        if (checkpoint != null && saved != null) {
            step = saved.integer("global_step");
            appliedSteps = saved.integer("applied_steps");
            saved.fields("scaler").map(GradScaler::fromJson).ifPresent(last -> scaler = last);
            optimizer.read(checkpoint.resolve(Checkpoints.OPTIMIZER_FILE));
        }
    }

    private static EMAModel average(
            TrainedWeights part, TrainingConfig config, @Nullable Path checkpoint, @Nullable JsonFields saved) {
        EMAModel.Options options = config.emaOptions();
        boolean offloaded = config.offloadEma();
        if (checkpoint == null || saved == null) {
            return new EMAModel(part.weights(), options, offloaded);
        }
        Device device = offloaded ? Device.cpu() : part.weights().device();
        Weights shadow = part.read(averageIn(checkpoint, part), device);
        return new EMAModel(part.weights(), shadow, saved.integer("ema_optimization_step"), options, offloaded);
    }

    private static Path averageIn(Path checkpoint, TrainedWeights part) {
        return checkpoint.resolve(part.folder() + "_ema");
    }

    /** Writes everything into the directory of a checkpoint. */
    void write(Path directory, TrainingConfig config) {
        checkFinite();
        trained.forEach(part -> part.save(directory.resolve(part.folder()), part.weights()));
        averages.forEach((part, average) -> part.save(averageIn(directory, part), average.weights()));
        optimizer.write(directory.resolve(Checkpoints.OPTIMIZER_FILE));
        JsonObject state = new JsonObject();
        state.addProperty("global_step", step);
        state.addProperty("applied_steps", appliedSteps);
        state.addProperty(RunPrecision.FIELD, precision.flagName());
        if (scalesLoss()) {
            state.add("scaler", scaler.toJson());
        }
        // Weights can be finite and yet overflow in a pass, above all in float16; JSON has no such numbers.
        if (hasValidationLoss() && validation != null && Double.isFinite(validation.loss())) {
            state.addProperty(Checkpoints.VALIDATION_LOSS, validation.loss());
        }
        if (!averages.isEmpty()) {
            EMAModel any = averages.values().iterator().next();
            state.addProperty("ema_optimization_step", any.optimizationStep());
        }
        state.add("config", config.toJson());
        Json.write(directory.resolve(Checkpoints.STATE_FILE), state);
    }

    private boolean scalesLoss() {
        return precision == Precision.FP16;
    }

    /** What the loss is multiplied by before the way back: 1 but for float16. */
    double lossScale() {
        return scalesLoss() ? scaler.scale() : 1;
    }

    /** The norm of the gathered gradients. */
    float gradientNorm() {
        return optimizer.gradientNorm(lossScale());
    }

    /** Applies the gathered gradients; returns the decay of the averages, 0 without any. */
    double apply(ToDoubleFunction<String> learningRates, float norm, double maxNorm) {
        optimizer.step(learningRates, norm, maxNorm, lossScale());
        scaler = scaler.update(false);
        double decay = 0;
        for (EMAModel average : averages.values()) {
            decay = average.step();
        }
        step++;
        appliedSteps++;
        return decay;
    }

    /** Drops the gathered gradients, which are not finite; returns whether a lower loss scale may help. */
    boolean skip() {
        optimizer.zeroGradients();
        boolean canBackOff = scalesLoss() && scaler.scale() > 1;
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

    /**
     * Checks the trained weights before they are written.
     *
     * @throws dev.text2image.io.InvalidInputException naming the first tensor that has a number that is not finite
     */
    void checkFinite() {
        NonFinite.check(Gradients.named(weights, Weights::tensors));
    }

    /** Says where numbers went wrong in a step: the first such weight or gradient, if there is one. */
    Optional<String> firstNonFinite() {
        return NonFinite.firstPlace(Gradients.named(weights, Weights::leaves));
    }

    /** The number of trained parameters. */
    long parameterCount() {
        return Gradients.named(weights, Weights::tensors).values().stream()
                .mapToLong(NDArray::size)
                .sum();
    }

    /** The weights that the run is for: the average if there is one. */
    Weights finalWeights(TrainedWeights part) {
        EMAModel average = averages.get(part);
        return average == null ? part.weights() : average.weights();
    }

    /** The same on the device of the model, where an offloaded average is not; a copy is made there and kept until the next one. */
    Weights samplingWeights(TrainedWeights part) {
        Weights weights = finalWeights(part);
        Device device = part.weights().device();
        if (weights.device().equals(device)) {
            return weights;
        }
        Weights copy = weights.copy(device);
        Weights old = copies.put(part, copy);
        if (old != null) {
            old.close();
        }
        return copy;
    }

    @Override
    public void close() {
        copies.values().forEach(Weights::close);
        averages.values().forEach(EMAModel::close);
        optimizer.close();
    }
}
