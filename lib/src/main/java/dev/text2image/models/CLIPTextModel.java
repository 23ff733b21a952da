package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Checkpointing;
import dev.text2image.nn.CompiledModule;
import dev.text2image.nn.ForwardPass;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The text encoder of CLIP (Radford et al., 2021; transformers, modeling_clip.py). */
public final class CLIPTextModel extends PretrainedModel {
    static final String BASE_NAME = "model";
    private static final String PREFIX = "text_model.";

    private final CLIPTextConfig config;
    private final CompiledModule compiled;

    private CLIPTextModel(
            CLIPTextConfig config, JsonObject json, CLIPTextNetwork network, Weights weights, ModelOptions options) {
        super(BASE_NAME, json, network, weights);
        this.config = config;
        this.compiled = CompiledModule.compile(network, options.precision(), 1, in -> network.forward(in.get(0)));
    }

    /**
     * Loads a model; keys with and without the prefix {@code text_model.} are understood.
     *
     * @param directory a directory with config.json and weights, for example {@code stable-diffusion-v1-5/text_encoder}
     * @param options device, number formats and variant
     * @return the model
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static CLIPTextModel fromPretrained(Path directory, ModelOptions options) {
        Path file = directory.resolve("config.json");
        JsonObject json = Json.readObject(file);
        CLIPTextConfig config = CLIPTextConfig.fromJson(JsonFields.of(file, json));
        CLIPTextNetwork network = new CLIPTextNetwork(config);
        Weights weights = WeightLoader.load(directory, BASE_NAME, network, options, CLIPTextModel::prefixed);
        return new CLIPTextModel(config, json, network, weights, options);
    }

    /** The buffer position_ids of old files holds 0, 1, 2, ... and is not needed. */
    static Optional<String> prefixed(String name) {
        if (name.endsWith(".position_ids")) {
            return Optional.empty();
        }
        return Optional.of(name.startsWith(PREFIX) ? name : PREFIX + name);
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static CLIPTextModel create(CLIPTextConfig config, ModelOptions options) {
        CLIPTextNetwork network = new CLIPTextNetwork(config);
        Weights weights = Weights.initialize(network, options.device(), options.weights());
        return new CLIPTextModel(config, config.toJson(), network, weights, options);
    }

    /**
     * Returns the shape of the model.
     *
     * @return the configuration
     */
    public CLIPTextConfig config() {
        return config;
    }

    /**
     * Encodes texts without gradients.
     *
     * @param inputIds token ids (b, n), int64
     * @return the last hidden state after the final norm (b, n, hidden_size), float32; attached to the manager of
     *     {@code inputIds}
     */
    public NDArray forward(NDArray inputIds) {
        return forward(weights(), inputIds);
    }

    /**
     * Encodes texts without gradients and with other weights, for example those of an exponential moving average.
     *
     * @param other weights of the same network
     * @param inputIds token ids (b, n), int64
     * @return as {@link #forward(NDArray)}
     */
    public NDArray forward(Weights other, NDArray inputIds) {
        return compiled.run(inputIds.getManager(), other, inputIds);
    }

    /**
     * Starts a training pass.
     *
     * @param manager parent of the memory that the pass uses
     * @param inputIds token ids (b, n), int64
     * @return the pass, whose output is the last hidden state (b, n, hidden_size), float32
     */
    public ForwardPass train(NDManager manager, NDArray inputIds) {
        return compiled.forward(manager, weights(), Checkpointing.NONE, inputIds);
    }

    @Override
    Map<String, String> blockOutputs() {
        return BlockOutputs.of(config);
    }

    @Override
    public void close() {
        compiled.close();
        super.close();
    }
}
