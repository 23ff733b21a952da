package dev.text2image.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.Json;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.nn.Module;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A network with its weights, in the form that the hub stores it: a directory with config.json and safetensors.
 *
 * <p>Each model owns native memory and is closed by whoever made it.
 */
public abstract sealed class PretrainedModel implements AutoCloseable
        permits UNet2DConditionModel, AutoencoderKL, CLIPTextModel {
    private final String baseName;
    private final JsonObject configJson;
    private final Module network;
    private final Weights weights;

    PretrainedModel(String baseName, JsonObject configJson, Module network, Weights weights) {
        this.baseName = baseName;
        this.configJson = configJson;
        this.network = network;
        this.weights = weights;
    }

    /**
     * Returns the values of the parameters.
     *
     * @return the weights, owned by this model
     */
    public Weights weights() {
        return weights;
    }

    /**
     * Counts the numbers in all parameters.
     *
     * @return the parameter count
     */
    public long parameterCount() {
        return network.parameterCount();
    }

    /**
     * Sums up the parameters by block.
     *
     * @return the blocks with the shapes of their outputs
     */
    public ModelSummary summary() {
        return ModelSummary.of(
                getClass().getSimpleName(),
                network.namedParameters(),
                blockOutputs(),
                weights.format(),
                device().isGpu() ? "cuda:" + device().getDeviceId() : "cpu");
    }

    /** The shapes that the blocks give, in the order of a pass; each parameter's key starts with one of the names. */
    abstract Map<String, String> blockOutputs();

    /**
     * Returns where the model runs.
     *
     * @return the device of its weights
     */
    public Device device() {
        return weights.device();
    }

    /**
     * Writes the model as diffusers and transformers read it; an existing directory is replaced as a whole.
     *
     * @param directory the component's directory, for example {@code my-model/unet}
     * @throws IllegalStateException if the weights are kept in half precision
     */
    public void save(Path directory) {
        save(directory, weights);
    }

    /**
     * Writes this model's configuration with other weights, for example those of an exponential moving average.
     *
     * @param directory the component's directory
     * @param other weights of the same network
     */
    public void save(Path directory, Weights other) {
        save(directory, configJson, other.tensors());
    }

    /**
     * Writes the model with its weights in half precision, at half the size; loading makes them float32 again.
     *
     * @param directory the component's directory
     */
    public void saveHalf(Path directory) {
        try (NDManager scratch = Torch.newManager(device())) {
            Map<String, NDArray> halves = new LinkedHashMap<>();
            weights.tensors().forEach((name, tensor) -> {
                NDArray half = tensor.toType(DataType.FLOAT16, true);
                half.attach(scratch);
                halves.put(name, half);
            });
            save(directory, configJson, halves);
        }
    }

    final void save(Path directory, JsonObject json, Map<String, NDArray> tensors) {
        AtomicFiles.writeDirectory(directory, target -> {
            Json.write(target.resolve("config.json"), json);
            SafeTensorsWriter.writeArrays(target.resolve(baseName + ".safetensors"), tensors);
        });
    }

    /**
     * Reads other weights for this model, onto its device.
     *
     * @param directory a directory that {@link #save(Path, Weights)} wrote
     * @return the weights, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if they do not fit this model
     */
    public Weights readWeights(Path directory) {
        return readWeights(directory, device());
    }

    /**
     * Reads other weights for this model, for example the average in a checkpoint.
     *
     * @param directory a directory that {@link #save(Path, Weights)} wrote
     * @param device where they are kept
     * @return the weights, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if they do not fit this model
     */
    public Weights readWeights(Path directory, Device device) {
        return WeightLoader.load(
                directory, baseName, network, ModelOptions.defaults().withDevice(device), Optional::of);
    }

    /** The configuration file's content, for subclasses. */
    final JsonObject configJson() {
        return configJson;
    }

    @Override
    public void close() {
        weights.close();
    }
}
