package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.ComponentWeights;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.io.TensorData;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.CLIPTextNetwork;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.models.networks.UNetNetwork;
import dev.text2image.models.networks.VaeNetwork;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Activations;
import dev.text2image.nn.graph.Adapters;
import dev.text2image.nn.graph.CompiledModule;
import dev.text2image.nn.graph.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a model before its weights are loaded: its shape, its size, whether the weight files fit, and the memory of a pass.
 *
 * @param <C> the model's configuration
 */
public final class ModelOutline<C> {
    private static final String CONFIG_FILE = "config.json";
    private static final String WEIGHT = ".weight";
    private static final int CLIP_LENGTH = 77;

    private final C config;
    private final JsonObject json;
    private final Module network;
    private final WeightNames names;
    private final List<Pass> passes;

    /** A way through the network: its code, and the shapes of its usual inputs for one sample. */
    private record Pass(Function<List<Tensor>, Tensor> code, List<Shape> inputs) {}

    private ModelOutline(C config, JsonObject json, Module network, WeightNames names, Pass... passes) {
        this.config = config;
        this.json = json;
        this.network = network;
        this.names = names;
        this.passes = List.of(passes);
    }

    /**
     * Outlines a UNet.
     *
     * @param config its shape
     * @return the outline; a pass takes latents (b, c, h, w), timesteps (b) and text embeddings (b, n, d)
     */
    public static ModelOutline<UNet2DConditionConfig> unet(UNet2DConditionConfig config) {
        return unet(config, config.toJson());
    }

    private static ModelOutline<UNet2DConditionConfig> unet(UNet2DConditionConfig config, JsonObject json) {
        UNetNetwork network = new UNetNetwork(config);
        int size = config.sampleSize();
        Pass pass = new Pass(
                in -> network.forward(in.get(0), in.get(1), in.get(2)),
                List.of(
                        new Shape(1, config.inChannels(), size, size),
                        new Shape(1),
                        new Shape(1, CLIP_LENGTH, config.crossAttentionDim())));
        return new ModelOutline<>(config, json, network, WeightNames.DIFFUSERS, pass);
    }

    /**
     * Outlines an autoencoder.
     *
     * @param config its shape
     * @return the outline; a pass is the encoder's and takes images (b, 3, h, w)
     */
    public static ModelOutline<AutoencoderKLConfig> vae(AutoencoderKLConfig config) {
        return vae(config, config.toJson());
    }

    private static ModelOutline<AutoencoderKLConfig> vae(AutoencoderKLConfig config, JsonObject json) {
        VaeNetwork network = new VaeNetwork(config);
        int size = config.sampleSize();
        int small = size / config.downsamplingFactor();
        Shape image = new Shape(1, config.inChannels(), size, size);
        Shape latents = new Shape(1, config.latentChannels(), small, small);
        return new ModelOutline<>(
                config,
                json,
                network,
                WeightNames.VAE,
                new Pass(in -> network.encode(in.get(0)), List.of(image)),
                new Pass(in -> network.decode(in.get(0)), List.of(latents)));
    }

    /**
     * Outlines a text encoder.
     *
     * @param config its shape
     * @return the outline; a pass takes token ids (b, n)
     */
    public static ModelOutline<CLIPTextConfig> textEncoder(CLIPTextConfig config) {
        return textEncoder(config, config.toJson());
    }

    private static ModelOutline<CLIPTextConfig> textEncoder(CLIPTextConfig config, JsonObject json) {
        CLIPTextNetwork network = new CLIPTextNetwork(config);
        Pass pass =
                new Pass(in -> network.forward(in.get(0), 0), List.of(new Shape(1, config.maxPositionEmbeddings())));
        return new ModelOutline<>(config, json, network, WeightNames.CLIP, pass);
    }

    /**
     * Reads the outline of the UNet in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<UNet2DConditionConfig> readUnet(Path directory) {
        return read(directory, UNet2DConditionConfig::fromJson, ModelOutline::unet);
    }

    /**
     * Reads the outline of the autoencoder in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<AutoencoderKLConfig> readVae(Path directory) {
        return read(directory, AutoencoderKLConfig::fromJson, ModelOutline::vae);
    }

    /**
     * Reads the outline of the text encoder in a directory.
     *
     * @param directory a directory with config.json
     * @return the outline
     * @throws dev.text2image.io.InvalidInputException if the file is missing, damaged or not supported
     */
    public static ModelOutline<CLIPTextConfig> readTextEncoder(Path directory) {
        return read(directory, CLIPTextConfig::fromJson, ModelOutline::textEncoder);
    }

    private static <C> ModelOutline<C> read(
            Path directory, Function<JsonFields, C> reader, BiFunction<C, JsonObject, ModelOutline<C>> outline) {
        Path file = directory.resolve(CONFIG_FILE);
        JsonObject json = Json.readObject(file);
        C config = reader.apply(JsonFields.of(file, json));
        try {
            return outline.apply(config, json);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InvalidInputException(
                    file + " describes a network that cannot be built: " + e.getMessage() + " Take another copy of it.",
                    e);
        }
    }

    /** Reads the weights in a component's directory. */
    Weights readWeights(Path directory, ModelOptions options) {
        return WeightLoader.load(directory, names, network, options);
    }

    /** Draws new weights. */
    Weights newWeights(ModelOptions options) {
        return Weights.initialize(network, options.device(), options.formats().weights());
    }

    /** Writes the configuration and weights as diffusers and transformers read them. */
    void save(Path directory, JsonObject configuration, Map<String, NDArray> tensors) {
        AtomicFiles.writeDirectory(directory, target -> {
            Json.write(target.resolve(CONFIG_FILE), configuration);
            SafeTensorsWriter.writeArrays(target.resolve(names.file() + ".safetensors"), tensors);
        });
    }

    /**
     * Writes a model whose weights are not loaded.
     *
     * @param directory the component's directory, which is written as a whole
     * @param tensors the weights by the names of the parameters, in whatever number formats
     * @throws java.io.UncheckedIOException if it cannot be written; then nothing has changed
     */
    public void copy(Path directory, Map<String, TensorData> tensors) {
        AtomicFiles.writeDirectory(directory, target -> {
            Json.write(target.resolve(CONFIG_FILE), json);
            SafeTensorsWriter.write(target.resolve(names.file() + ".safetensors"), tensors);
        });
    }

    /** Compiles the ways through the network. */
    List<CompiledModule> compile(NumberFormats formats) {
        return passes.stream().map(pass -> compile(pass, formats)).toList();
    }

    /** Compiles the first way through the network. */
    CompiledModule compileFirst(NumberFormats formats) {
        return compile(passes.get(0), formats);
    }

    private CompiledModule compile(Pass pass, NumberFormats formats) {
        return CompiledModule.compile(network, formats, pass.inputs().size(), pass.code());
    }

    /**
     * A network whose adapters alone are trained.
     *
     * @param frozen the network's own weights
     * @param weights those of the adapters
     * @param layers the sizes of the adapters by the name of their layer
     * @param passes the first way through the network; another one for training, if that leaves inputs of adapters out
     * @param formats their number formats
     */
    record Adapted(
            Weights frozen,
            Weights weights,
            Map<String, LowRank> layers,
            List<CompiledModule> passes,
            NumberFormats formats) {}

    /** Loads the network and gives it adapters, with new weights unless there are some. */
    Adapted adapted(
            Path directory,
            ModelOptions options,
            Map<String, LowRank> layers,
            double dropout,
            @Nullable Weights weights) {
        Adapters adapters = adapters(layers, dropout);
        List<CompiledModule> ways = new ArrayList<>(List.of(compile(options.formats(), adapters, false)));
        if (dropout > 0) {
            ways.add(compile(options.formats(), adapters, true));
        }
        Weights frozen = readWeights(directory, options);
        Weights own = weights == null ? Weights.initialize(adapters, options.device(), Precision.FP32) : weights;
        return new Adapted(frozen, own, layers, ways, options.formats());
    }

    /** Compiles the way through a text encoder that leaves out its last layers. */
    CompiledModule compile(NumberFormats formats, Map<String, LowRank> layers, int clipSkip) {
        CLIPTextNetwork text = (CLIPTextNetwork) network;
        Function<List<Tensor>, Tensor> code = in -> text.forward(in.get(0), clipSkip);
        return layers.isEmpty()
                ? CompiledModule.compile(text, formats, 1, code)
                : CompiledModule.compile(text, adapters(layers, 0), false, formats, 1, code);
    }

    private CompiledModule compile(NumberFormats formats, Adapters adapters, boolean training) {
        Pass pass = passes.get(0);
        return CompiledModule.compile(
                network, adapters, training, formats, pass.inputs().size(), pass.code());
    }

    /**
     * Lists the layers that can have low-rank adapters: linear layers and convolutions.
     *
     * @return the shape of each layer's weight by the layer's name, (out, in) or (out, in, k, k)
     */
    public Map<String, Shape> layers() {
        Map<String, Shape> layers = new LinkedHashMap<>();
        network.namedParameters().forEach((key, parameter) -> {
            boolean embedding = key.endsWith("_embedding.weight");
            if (key.endsWith(WEIGHT) && parameter.shape().dimension() >= 2 && !embedding) {
                layers.put(key.substring(0, key.length() - WEIGHT.length()), parameter.shape());
            }
        });
        return layers;
    }

    /**
     * Declares adapters of layers.
     *
     * @param sizes the adapters by the name of their layer
     * @param dropout share of the adapters' inputs that is left out while training
     * @return the adapters
     */
    public Adapters adapters(Map<String, LowRank> sizes, double dropout) {
        return new Adapters(network, sizes, dropout);
    }

    /** The blocks with their outputs for the usual inputs, in the order of the passes. */
    List<ModelSummary.Block> blocks() {
        return passes.stream()
                .flatMap(pass -> ModelBlocks.of(network, pass.code(), pass.inputs()).stream())
                .toList();
    }

    /** The content of config.json, with the fields that are not used here. */
    JsonObject json() {
        return json;
    }

    /**
     * Checks by their headers that the weight files have every tensor of the model in its shape.
     *
     * @param directory the component's directory
     * @param variant the variant of the weight files, or null
     * @throws dev.text2image.io.InvalidInputException listing every tensor that is missing, unexpected or of a wrong shape
     */
    public void checkWeights(Path directory, @Nullable String variant) {
        WeightLoader.check(directory, names, network, variant);
    }

    /**
     * Opens the weight files.
     *
     * @param directory the component's directory
     * @param variant the variant of the weight files, or null
     * @return the weights, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if they are missing or damaged
     */
    public ComponentWeights openWeights(Path directory, @Nullable String variant) {
        return ComponentWeights.open(directory, names.file(), variant);
    }

    /**
     * Returns the name of a parameter for that of a tensor in a weight file, which old and new files name differently.
     *
     * @param stored the tensor's name
     * @return the parameter's name; empty for a tensor that is not used
     */
    public Optional<String> keyOf(String stored) {
        return names.current().apply(stored);
    }

    /**
     * Lists the parameters.
     *
     * @return their shapes by name
     */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        network.namedParameters().forEach((key, parameter) -> shapes.put(key, parameter.shape()));
        return shapes;
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
     * Computes the memory of a pass through a model that is trained as a whole.
     *
     * @param formats the number formats
     * @param inputs the shapes of the inputs
     * @return the memory beside weights and inputs
     */
    public Activations activations(NumberFormats formats, long[]... inputs) {
        return activations(formats, null, inputs);
    }

    /**
     * Computes the memory of a pass.
     *
     * @param formats the number formats
     * @param adapters all that is trained, of {@link #adapters}, or null to train the whole model
     * @param inputs the shapes of the inputs
     * @return the memory beside weights and inputs
     */
    public Activations activations(NumberFormats formats, @Nullable Adapters adapters, long[]... inputs) {
        return Activations.of(
                network,
                adapters,
                formats,
                passes.get(0).code(),
                Arrays.stream(inputs).map(Shape::new).toArray(Shape[]::new));
    }
}
