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

/**
 * The network that predicts the noise in latents from a timestep and a text (Rombach et al., 2022; diffusers,
 * unet_2d_condition.py).
 */
public final class UNet2DConditionModel extends PretrainedModel {
    static final String BASE_NAME = "diffusion_pytorch_model";

    private final UNet2DConditionConfig config;
    private final CompiledModule compiled;

    private UNet2DConditionModel(
            UNet2DConditionConfig config, JsonObject json, UNetNetwork network, Weights weights, ModelOptions options) {
        super(BASE_NAME, json, network, weights);
        this.config = config;
        this.compiled = CompiledModule.compile(
                network, options.precision(), 3, in -> network.forward(in.get(0), in.get(1), in.get(2)));
    }

    /**
     * Loads a model.
     *
     * @param directory a directory with config.json and weights, for example {@code stable-diffusion-v1-5/unet}
     * @param options device, number formats and variant
     * @return the model
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static UNet2DConditionModel fromPretrained(Path directory, ModelOptions options) {
        Path file = directory.resolve("config.json");
        JsonObject json = Json.readObject(file);
        UNet2DConditionConfig config = UNet2DConditionConfig.fromJson(JsonFields.of(file, json));
        UNetNetwork network = new UNetNetwork(config);
        Weights weights = WeightLoader.load(directory, BASE_NAME, network, options, Optional::of);
        return new UNet2DConditionModel(config, json, network, weights, options);
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static UNet2DConditionModel create(UNet2DConditionConfig config, ModelOptions options) {
        UNetNetwork network = new UNetNetwork(config);
        Weights weights = Weights.initialize(network, options.device(), options.weights());
        return new UNet2DConditionModel(config, config.toJson(), network, weights, options);
    }

    /**
     * Returns the shape of the model.
     *
     * @return the configuration
     */
    public UNet2DConditionConfig config() {
        return config;
    }

    /**
     * Predicts without gradients.
     *
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim)
     * @return the prediction (b, c, h, w), float32, attached to the manager of {@code sample}
     */
    public NDArray forward(NDArray sample, NDArray timesteps, NDArray encoderHiddenStates) {
        return forward(weights(), sample, timesteps, encoderHiddenStates);
    }

    /**
     * Predicts without gradients and with other weights, for example those of an exponential moving average.
     *
     * @param other weights of the same network
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim)
     * @return the prediction (b, c, h, w), float32, attached to the manager of {@code sample}
     */
    public NDArray forward(Weights other, NDArray sample, NDArray timesteps, NDArray encoderHiddenStates) {
        return compiled.run(sample.getManager(), other, sample, timesteps, encoderHiddenStates);
    }

    /**
     * Starts a training pass.
     *
     * @param manager parent of the memory that the pass uses
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim); gradients flow on if it requires them
     * @param checkpointing what is stored, and what is computed again on the way back
     * @return the pass, whose output is the prediction (b, c, h, w), float32
     */
    public ForwardPass train(
            NDManager manager,
            NDArray sample,
            NDArray timesteps,
            NDArray encoderHiddenStates,
            Checkpointing checkpointing) {
        return compiled.forward(manager, weights(), checkpointing, sample, timesteps, encoderHiddenStates);
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
