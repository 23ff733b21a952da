package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import java.nio.file.Path;

/** The autoencoder between images and latents (Kingma and Welling, 2013; diffusers, autoencoder_kl.py). */
public final class AutoencoderKL extends PretrainedModel {
    private static final int ENCODER = 0;
    private static final int DECODER = 1;

    private final AutoencoderKLConfig config;

    private AutoencoderKL(ModelOutline<AutoencoderKLConfig> outline, Weights weights, ModelOptions options) {
        super(outline, weights, options);
        config = outline.config();
    }

    /**
     * Loads a model; the attention names of old SD-1.x files (query, key, value, proj_attn) are understood.
     *
     * @param directory a directory with config.json and weights, for example {@code stable-diffusion-v1-5/vae}
     * @param options device, number formats and variant
     * @return the model
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static AutoencoderKL fromPretrained(Path directory, ModelOptions options) {
        ModelOutline<AutoencoderKLConfig> outline = ModelOutline.readVae(directory);
        return new AutoencoderKL(outline, outline.readWeights(directory, options), options);
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static AutoencoderKL create(AutoencoderKLConfig config, ModelOptions options) {
        ModelOutline<AutoencoderKLConfig> outline = ModelOutline.vae(config);
        return new AutoencoderKL(outline, outline.newWeights(options), options);
    }

    /**
     * Returns the shape of the model.
     *
     * @return the configuration
     */
    public AutoencoderKLConfig config() {
        return config;
    }

    /**
     * Encodes images without gradients.
     *
     * @param pixels (b, 3, h, w) in [-1, 1]; h and w multiples of the downsampling factor
     * @return the distribution of the latents, (b, c, h/f, w/f), not yet scaled; attached to the manager of {@code pixels}
     */
    public DiagonalGaussianDistribution encode(NDArray pixels) {
        try (NDArray moments = pass(ENCODER).run(pixels.getManager(), weights(), pixels)) {
            return DiagonalGaussianDistribution.of(moments);
        }
    }

    /**
     * Decodes latents without gradients.
     *
     * @param latents (b, c, h, w), already divided by the scaling factor
     * @return images (b, 3, h·f, w·f), about [-1, 1]; attached to the manager of {@code latents}
     */
    public NDArray decode(NDArray latents) {
        return pass(DECODER).run(latents.getManager(), weights(), latents);
    }

    /**
     * Starts a training pass through the encoder.
     *
     * @param manager parent of the memory that the pass uses
     * @param pixels (b, 3, h, w) in [-1, 1]
     * @return the pass, whose output is mean and unclamped log variance joined (b, 2·c, h/f, w/f)
     */
    public ForwardPass trainEncoder(NDManager manager, NDArray pixels) {
        return pass(ENCODER).forward(manager, fullWeights(), Checkpointing.NONE, pixels);
    }

    /**
     * Starts a training pass through the decoder.
     *
     * @param manager parent of the memory that the pass uses
     * @param latents (b, c, h, w)
     * @return the pass, whose output is the images (b, 3, h·f, w·f)
     */
    public ForwardPass trainDecoder(NDManager manager, NDArray latents) {
        return pass(DECODER).forward(manager, fullWeights(), Checkpointing.NONE, latents);
    }

    private Weights fullWeights() {
        if (weights().leafFormat() != Precision.FP32) {
            throw new IllegalStateException("An autoencoder's gradients are gathered in "
                    + weights().leafFormat() + ", but must be in FP32; use requireGradients(true).");
        }
        return weights();
    }

    /**
     * Writes the model with a scaling factor measured after training.
     *
     * @param directory the component's directory
     * @param scalingFactor the inverse of the latents' standard deviation
     */
    public void save(Path directory, double scalingFactor) {
        JsonObject json = outline().json().deepCopy();
        json.addProperty("scaling_factor", scalingFactor);
        outline().save(directory, json, weights().tensors());
    }
}
