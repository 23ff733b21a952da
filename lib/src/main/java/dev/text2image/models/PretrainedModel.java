package dev.text2image.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.CompiledModule;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network with its weights, in the form that the hub stores it: a directory with config.json and safetensors.
 *
 * <p>Each model owns native memory and is closed by whoever made it.
 */
public abstract sealed class PretrainedModel implements AutoCloseable
        permits UNet2DConditionModel, AutoencoderKL, CLIPTextModel {
    private final ModelOutline<?> outline;
    private final @Nullable Weights frozen;
    private final Weights weights;
    private final Map<String, LowRank> adapters;
    private final List<CompiledModule> passes;
    private final NumberFormats formats;
    /** What training with copies of the weights runs, by their format. */
    private final Map<Precision, CompiledModule> passesOfCopies = new EnumMap<>(Precision.class);

    PretrainedModel(ModelOutline<?> outline, Weights weights, ModelOptions options) {
        this.outline = outline;
        this.frozen = null;
        this.weights = weights;
        this.adapters = Map.of();
        this.formats = options.formats();
        this.passes = outline.compile(formats);
    }

    PretrainedModel(ModelOutline<?> outline, ModelOutline.Adapted parts) {
        this.outline = outline;
        this.frozen = parts.frozen();
        this.weights = parts.weights();
        this.adapters = Collections.unmodifiableMap(new LinkedHashMap<>(parts.layers()));
        this.passes = parts.passes();
        this.formats = parts.formats();
    }

    final ModelOutline<?> outline() {
        return outline;
    }

    /** One of the compiled ways through the network, as the outline numbers them. */
    final CompiledModule pass(int index) {
        return passes.get(index);
    }

    /** What a pass takes: the network's frozen weights if there are adapters, then the others. */
    final List<Weights> with(Weights other) {
        Precision expected = frozen == null ? formats.weights() : Precision.FP32;
        if (other.format() != expected) {
            throw new IllegalArgumentException("The weights are in " + other.format() + ", but the "
                    + getClass().getSimpleName() + " was loaded to compute with weights in " + expected
                    + "; load it with ModelOptions of their format.");
        }
        return frozen == null ? List.of(other) : List.of(frozen, other);
    }

    /**
     * The way through the network that training takes: one without casts if gradients are gathered in copies of half precision, else the
     * last one if adapters have one of its own.
     */
    final CompiledModule trainingPass() {
        if (weights.leafFormat() == Precision.FP32) {
            return passes.get(adapters.isEmpty() ? 0 : passes.size() - 1);
        }
        return passesOfCopies.computeIfAbsent(
                weights.leafFormat(), format -> outline.compileFirst(formats.withWeights(format)));
    }

    /**
     * Returns the values of the parameters.
     *
     * @return the weights, owned by this model; of a model with adapters those of the adapters
     */
    public Weights weights() {
        return weights;
    }

    /**
     * Lists the adapters of the model, whose weights {@link #weights} are then.
     *
     * @return their sizes by the name of their layer, in the order of the network; empty if the model has none
     */
    public Map<String, LowRank> adapters() {
        return adapters;
    }

    /**
     * Lists the layers that low-rank adapters can change.
     *
     * @return the shape of each layer's weight by the layer's name, see {@link ModelOutline#layers}
     */
    public Map<String, Shape> layers() {
        return outline.layers();
    }

    /**
     * Counts the numbers in all parameters.
     *
     * @return the parameter count
     */
    public long parameterCount() {
        return outline.parameterCount();
    }

    /**
     * Sums up the parameters by block.
     *
     * @return the blocks with the shapes of their outputs
     */
    public ModelSummary summary() {
        return ModelSummary.of(getClass().getSimpleName(), outline.blocks(), weights.format(), Torch.name(device()));
    }

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
     * @throws IllegalStateException if the model has adapters, or the weights are kept in half precision
     */
    public void save(Path directory, Weights other) {
        if (frozen != null) {
            throw new IllegalStateException(
                    "The weights of adapters are not those of a whole model; write them with LoraWriter.");
        }
        outline.save(directory, outline.json(), other.tensors());
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
            outline.save(directory, outline.json(), halves);
        }
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
        return outline.readWeights(directory, ModelOptions.defaults().withDevice(device));
    }

    @Override
    public void close() {
        passes.forEach(CompiledModule::close);
        passesOfCopies.values().forEach(CompiledModule::close);
        weights.close();
        if (frozen != null) {
            frozen.close();
        }
    }
}
