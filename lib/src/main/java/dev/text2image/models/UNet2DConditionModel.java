package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Checkpointing;
import dev.text2image.nn.ForwardPass;
import dev.text2image.nn.Weights;
import java.nio.file.Path;

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
     * @param other weights of the same network
     * @param sample noisy latents (b, c, h, w)
     * @param timesteps one timestep for each sample (b)
     * @param encoderHiddenStates text embeddings (b, n, cross_attention_dim)
     * @return the prediction (b, c, h, w), float32, attached to the manager of {@code sample}
     */
    public NDArray forward(Weights other, NDArray sample, NDArray timesteps, NDArray encoderHiddenStates) {
        return pass(0).run(sample.getManager(), other, sample, timesteps, encoderHiddenStates);
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
        return pass(0).forward(manager, weights(), checkpointing, sample, timesteps, encoderHiddenStates);
    }
}
