package dev.text2image.models;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.ComponentWeights;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Activations;
import dev.text2image.nn.Module;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a model before its weights are loaded: its shape, its size, whether the weight files fit, and the memory of a pass.
 *
 * @param <C> the model's configuration
 */
public final class ModelOutline<C> {
    private final C config;
    private final Module network;
    private final Function<List<Tensor>, Tensor> forward;
    private final String baseName;
    private final Function<String, Optional<String>> rename;

    private ModelOutline(
            C config,
            Module network,
            Function<List<Tensor>, Tensor> forward,
            String baseName,
            Function<String, Optional<String>> rename) {
        this.config = config;
        this.network = network;
        this.forward = forward;
        this.baseName = baseName;
        this.rename = rename;
    }

    /**
     * Outlines a UNet.
     *
     * @param config its shape
     * @return the outline; a pass takes latents (b, c, h, w), timesteps (b) and text embeddings (b, n, d)
     */
    public static ModelOutline<UNet2DConditionConfig> unet(UNet2DConditionConfig config) {
        UNetNetwork network = new UNetNetwork(config);
        return new ModelOutline<>(
                config,
                network,
                in -> network.forward(in.get(0), in.get(1), in.get(2)),
                UNet2DConditionModel.BASE_NAME,
                Optional::of);
    }

    /**
     * Outlines an autoencoder.
     *
     * @param config its shape
     * @return the outline; a pass is the encoder's and takes images (b, 3, h, w)
     */
    public static ModelOutline<AutoencoderKLConfig> vae(AutoencoderKLConfig config) {
        VaeNetwork network = new VaeNetwork(config);
        return new ModelOutline<>(
                config, network, in -> network.encode(in.get(0)), AutoencoderKL.BASE_NAME, AutoencoderKL::currentName);
    }

    /**
     * Outlines a text encoder.
     *
     * @param config its shape
     * @return the outline; a pass takes token ids (b, n)
     */
    public static ModelOutline<CLIPTextConfig> textEncoder(CLIPTextConfig config) {
        CLIPTextNetwork network = new CLIPTextNetwork(config);
        return new ModelOutline<>(
                config, network, in -> network.forward(in.get(0)), CLIPTextModel.BASE_NAME, CLIPTextModel::prefixed);
    }

    /**
     * Reads the outline of the UNet in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<UNet2DConditionConfig> readUnet(Path directory) {
        return unet(UNet2DConditionConfig.fromJson(fields(directory)));
    }

    /**
     * Reads the outline of the autoencoder in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<AutoencoderKLConfig> readVae(Path directory) {
        return vae(AutoencoderKLConfig.fromJson(fields(directory)));
    }

    /**
     * Reads the outline of the text encoder in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<CLIPTextConfig> readTextEncoder(Path directory) {
        return textEncoder(CLIPTextConfig.fromJson(fields(directory)));
    }

    private static JsonFields fields(Path directory) {
        return JsonFields.read(directory.resolve("config.json"));
    }

    /**
     * Checks by their headers that the weight files have every tensor of the model in its shape.
     *
     * @param directory the component's directory
     * @param variant the variant of the weight files, or null
     * @throws dev.text2image.io.InvalidInputException listing every tensor that is missing, unexpected or of a wrong shape
     */
    public void checkWeights(Path directory, @Nullable String variant) {
        try (ComponentWeights files = ComponentWeights.open(directory, baseName, variant)) {
            WeightLoader.check(directory, network, files, rename);
        }
    }

    /**
     * Returns the model's shape.
     *
     * @return the configuration
     */
    public C config() {
        return config;
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
     * Counts the numbers in each parameter.
     *
     * @return the number of elements of each tensor
     */
    public List<Long> parameterSizes() {
        return network.namedParameters().values().stream()
                .map(parameter -> parameter.shape().size())
                .toList();
    }

    /**
     * Computes the memory of a pass.
     *
     * @param precision the number format of matrix work
     * @param inputs the shapes of the inputs
     * @return the memory beside weights and inputs
     */
    public Activations activations(Precision precision, long[]... inputs) {
        return Activations.of(
                network,
                precision,
                forward,
                Arrays.stream(inputs).map(Shape::new).toArray(Shape[]::new));
    }
}
