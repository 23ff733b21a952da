package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The network that predicts the noise in latents from a timestep and a text (Rombach et al., 2022; diffusers,
 * unet_2d_condition.py).
 */
public final class UNet2DConditionModel extends PretrainedModel {
    private final UNet2DConditionConfig config;

    private UNet2DConditionModel(ModelOutline<UNet2DConditionConfig> outline, Weights weights, ModelOptions options) {
        super(outline, weights, options);
        config = outline.config();
    }

    private UNet2DConditionModel(ModelOutline<UNet2DConditionConfig> outline, ModelOutline.Adapted parts) {
        super(outline, parts);
        config = outline.config();
    }

    /**
     * Loads a model and gives it low-rank adapters. Their weights alone are its {@link #weights}, are trained and get gradients; its
     * own stay as they are.
     *
     * @param directory a directory with config.json and weights
     * @param options device, number formats and variant; its own weights may be kept in half precision, those of adapters are float32
     * @param layers the adapters by the name of their layer, see {@link ModelOutline#layers}
     * @param dropout share of the adapters' inputs that is left out while training, at least 0 and below 1
     * @param weights the weights of the adapters in that order, which the model takes over; null to draw new ones with libtorch's
     *     generator
     * @return the model
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static UNet2DConditionModel fromPretrained(
            Path directory,
            ModelOptions options,
            Map<String, LowRank> layers,
            double dropout,
            @Nullable Weights weights) {
        ModelOutline<UNet2DConditionConfig> outline = ModelOutline.readUnet(directory);
        return new UNet2DConditionModel(outline, outline.adapted(directory, options, layers, dropout, weights));
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
        ModelOutline<UNet2DConditionConfig> outline = ModelOutline.readUnet(directory);
        return new UNet2DConditionModel(outline, outline.readWeights(directory, options), options);
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static UNet2DConditionModel create(UNet2DConditionConfig config, ModelOptions options) {
        ModelOutline<UNet2DConditionConfig> outline = ModelOutline.unet(config);
        return new UNet2DConditionModel(outline, outline.newWeights(options), options);
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
     * @param other weights of the same network, or of the same adapters if it has some
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim)
     * @return the prediction (b, c, h, w), float32, attached to the manager of {@code sample}
     */
    public NDArray forward(Weights other, NDArray sample, NDArray timesteps, NDArray encoderHiddenStates) {
        return pass(0).run(sample.getManager(), with(other), sample, timesteps, encoderHiddenStates);
    }

    /**
     * Starts a training pass.
     *
     * @param manager parent of the memory that the pass uses
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim); gradients flow on if it requires them
     * @param checkpointing what is stored, and what is computed again on the way back
     * @param rowSeeds a seed for each sample, of the dropout of adapters; without any, libtorch's generator draws them
     * @return the pass, whose output is the prediction (b, c, h, w), float32
     */
    public ForwardPass train(
            NDManager manager,
            NDArray sample,
            NDArray timesteps,
            NDArray encoderHiddenStates,
            Checkpointing checkpointing,
            long... rowSeeds) {
        return trainingPass()
                .forward(manager, with(weights()), checkpointing, rowSeeds, sample, timesteps, encoderHiddenStates);
    }
}
