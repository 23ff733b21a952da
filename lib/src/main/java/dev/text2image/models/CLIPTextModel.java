package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.CompiledModule;
import dev.text2image.nn.graph.ForwardPass;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The text encoder of CLIP (Radford et al., 2021; transformers, modeling_clip.py). */
public final class CLIPTextModel extends PretrainedModel {
    private final CLIPTextConfig config;
    private final NumberFormats formats;
    /** The ways through the network without its last layers, by the number of layers left out. */
    private final Map<Integer, CompiledModule> shortened = new ConcurrentHashMap<>();

    private CLIPTextModel(ModelOutline<CLIPTextConfig> outline, Weights weights, ModelOptions options) {
        super(outline, weights, options);
        config = outline.config();
        formats = options.formats();
    }

    private CLIPTextModel(ModelOutline<CLIPTextConfig> outline, ModelOutline.Adapted parts, NumberFormats formats) {
        super(outline, parts);
        config = outline.config();
        this.formats = formats;
    }

    /**
     * Loads a model and gives it low-rank adapters, as {@link UNet2DConditionModel#fromPretrained(Path, ModelOptions, Map, double, Weights)}.
     *
     * @param directory a directory with config.json and weights
     * @param options device, number formats and variant
     * @param layers the adapters by the name of their layer, see {@link ModelOutline#layers}
     * @param dropout share of the adapters' inputs that is left out while training, at least 0 and below 1
     * @param weights the weights of the adapters in that order, which the model takes over; null to draw new ones
     * @return the model
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static CLIPTextModel fromPretrained(
            Path directory,
            ModelOptions options,
            Map<String, LowRank> layers,
            double dropout,
            @Nullable Weights weights) {
        ModelOutline<CLIPTextConfig> outline = ModelOutline.readTextEncoder(directory);
        return new CLIPTextModel(
                outline, outline.adapted(directory, options, layers, dropout, weights), options.formats());
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
        ModelOutline<CLIPTextConfig> outline = ModelOutline.readTextEncoder(directory);
        return new CLIPTextModel(outline, outline.readWeights(directory, options), options);
    }

    /**
     * Makes a model with new random weights.
     *
     * @param config its shape
     * @param options device and precision
     * @return the model
     */
    public static CLIPTextModel create(CLIPTextConfig config, ModelOptions options) {
        ModelOutline<CLIPTextConfig> outline = ModelOutline.textEncoder(config);
        return new CLIPTextModel(outline, outline.newWeights(options), options);
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
     * @param other weights of the same network, or of the same adapters if it has some
     * @param inputIds token ids (b, n), int64
     * @return as {@link #forward(NDArray)}
     */
    public NDArray forward(Weights other, NDArray inputIds) {
        return pass(0).run(inputIds.getManager(), with(other), inputIds);
    }

    /**
     * Encodes texts without gradients and without the last layers ("clip skip").
     *
     * @param other weights of the same network, or of the same adapters if it has some
     * @param inputIds token ids (b, n), int64
     * @param clipSkip how many layers are left out at the end, from 0 to all of them
     * @return the hidden state before those layers, after the final norm (b, n, hidden_size), float32; attached to the manager of
     *     {@code inputIds}
     * @throws IllegalArgumentException if the network has fewer layers
     */
    public NDArray forward(Weights other, NDArray inputIds, int clipSkip) {
        if (clipSkip < 0 || clipSkip > config.numHiddenLayers()) {
            throw new IllegalArgumentException("clipSkip is " + clipSkip + "; it must be from 0 to "
                    + config.numHiddenLayers() + ", the number of layers.");
        }
        CompiledModule pass = clipSkip == 0
                ? pass(0)
                : shortened.computeIfAbsent(clipSkip, layers -> outline().compile(formats, adapters(), layers));
        return pass.run(inputIds.getManager(), with(other), inputIds);
    }

    /**
     * Starts a training pass.
     *
     * @param manager parent of the memory that the pass uses
     * @param inputIds token ids (b, n), int64
     * @param rowSeeds a seed for each text, of the dropout of adapters; without any, libtorch's generator draws them
     * @return the pass, whose output is the last hidden state (b, n, hidden_size), float32
     */
    public ForwardPass train(NDManager manager, NDArray inputIds, long... rowSeeds) {
        return trainingPass().forward(manager, with(weights()), Checkpointing.NONE, rowSeeds, inputIds);
    }

    @Override
    public void close() {
        shortened.values().forEach(CompiledModule::close);
        super.close();
    }
}
