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

/** The autoencoder between images and latents (Kingma and Welling, 2013; diffusers, autoencoder_kl.py). */
public final class AutoencoderKL extends PretrainedModel {
    static final String BASE_NAME = "diffusion_pytorch_model";

    private final AutoencoderKLConfig config;
    private final CompiledModule encoder;
    private final CompiledModule decoder;

    private AutoencoderKL(
            AutoencoderKLConfig config, JsonObject json, VaeNetwork network, Weights weights, ModelOptions options) {
        super(BASE_NAME, json, network, weights);
        this.config = config;
        this.encoder = CompiledModule.compile(network, options.precision(), 1, in -> network.encode(in.get(0)));
        this.decoder = CompiledModule.compile(network, options.precision(), 1, in -> network.decode(in.get(0)));
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
        Path file = directory.resolve("config.json");
        JsonObject json = Json.readObject(file);
        AutoencoderKLConfig config = AutoencoderKLConfig.fromJson(JsonFields.of(file, json));
        VaeNetwork network = new VaeNetwork(config);
        Weights weights = WeightLoader.load(directory, BASE_NAME, network, options, AutoencoderKL::currentName);
        return new AutoencoderKL(config, json, network, weights, options);
    }

    static Optional<String> currentName(String name) {
        if (!name.contains(".attentions.")) {
            return Optional.of(name);
        }
        return Optional.of(name.replace(".query.", ".to_q.")
                .replace(".key.", ".to_k.")
                .replace(".value.", ".to_v.")
                .replace(".proj_attn.", ".to_out.0."));
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static AutoencoderKL create(AutoencoderKLConfig config, ModelOptions options) {
        VaeNetwork network = new VaeNetwork(config);
        Weights weights = Weights.initialize(network, options.device(), options.weights());
        return new AutoencoderKL(config, config.toJson(), network, weights, options);
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
        try (NDArray moments = encoder.run(pixels.getManager(), weights(), pixels)) {
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
        return decoder.run(latents.getManager(), weights(), latents);
    }

    /**
     * Starts a training pass through the encoder.
     *
     * @param manager parent of the memory that the pass uses
     * @param pixels (b, 3, h, w) in [-1, 1]
     * @return the pass, whose output is mean and unclamped log variance joined (b, 2·c, h/f, w/f)
     */
    public ForwardPass trainEncoder(NDManager manager, NDArray pixels) {
        return encoder.forward(manager, weights(), Checkpointing.NONE, pixels);
    }

    /**
     * Starts a training pass through the decoder.
     *
     * @param manager parent of the memory that the pass uses
     * @param latents (b, c, h, w)
     * @return the pass, whose output is the images (b, 3, h·f, w·f)
     */
    public ForwardPass trainDecoder(NDManager manager, NDArray latents) {
        return decoder.forward(manager, weights(), Checkpointing.NONE, latents);
    }

    /**
     * Writes the model with a scaling factor measured after training.
     *
     * @param directory the component's directory
     * @param scalingFactor the inverse of the latents' standard deviation
     */
    public void save(Path directory, double scalingFactor) {
        JsonObject json = configJson().deepCopy();
        json.addProperty("scaling_factor", scalingFactor);
        save(directory, json, weights().tensors());
    }

    @Override
    Map<String, String> blockOutputs() {
        return BlockOutputs.of(config);
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
        super.close();
    }
}
