package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The adapters of one model with their weights.
 *
 * @param layers the sizes by the name of the layer, in the order of the model
 * @param weights float32 weights with the keys of {@link dev.text2image.nn.graph.Adapters}, in the same order
 */
public record LoraAdapters(Map<String, LowRank> layers, Weights weights) implements AutoCloseable {
    static final String DOWN = ".lora_A.weight";
    static final String UP = ".lora_B.weight";

    /** Copies the map. */
    public LoraAdapters {
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    }

    /**
     * Adds the adapters to a model's weights.
     *
     * @param base the weights of the model, on the same device
     * @param weight how strongly: 1 as they were trained, 0 for nothing, negative for the opposite
     * @return weights that share what is not changed with {@code base}, which must stay open as long; to be closed by the caller
     */
    public Weights addTo(Weights base, double weight) {
        return addTo(base, layer -> weight);
    }

    /** The same with a weight for each layer. */
    Weights addTo(Weights base, ToDoubleFunction<String> weightOf) {
        Map<String, Weights.Change> changes = new LinkedHashMap<>();
        layers.forEach((layer, size) -> {
            double scale = weightOf.applyAsDouble(layer) * size.scale();
            changes.put(layer + ".weight", new Weights.Change(tensor(layer + DOWN), tensor(layer + UP), scale));
        });
        return base.changed(changes);
    }

    /**
     * Returns the weights, for a training that goes on.
     *
     * @param expected the sizes that the training has
     * @return the weights, which take the place of this object
     * @throws InvalidInputException if the sizes are others; the weights are closed then
     */
    public Weights weights(Map<String, LowRank> expected) {
        if (!layers.equals(expected)) {
            weights.close();
            throw new InvalidInputException("The checkpoint has adapters of " + layers.size() + " layers "
                    + ranks(layers) + ", but the run trains " + expected.size() + " " + ranks(expected)
                    + ". Use the same LoRA flags.");
        }
        return weights;
    }

    private static String ranks(Map<String, LowRank> sizes) {
        return sizes.values().stream().distinct().map(LowRank::toString).collect(Collectors.joining(", "));
    }

    /**
     * Makes adapters of what a training changed about a model: the best approximation of each difference of two weights (Eckart and
     * Young, 1936).
     *
     * @param base the weights of the model before
     * @param tuned those after, on the same device
     * @param layers the size of the adapter of each layer, of {@link TargetModules#choose}
     * @param model the layers of the model with the shapes of their weights
     * @return the adapters, to be closed by the caller
     */
    public static LoraAdapters extract(
            Weights base, Weights tuned, Map<String, LowRank> layers, Map<String, Shape> model) {
        return make(layers, model, base.device(), (scratch, layer, size) -> {
            NDArray before = get(base.tensors(), layer + ".weight");
            NDList factors =
                    LoraFactors.ofDifference(scratch, before, get(tuned.tensors(), layer + ".weight"), size.rank());
            return new NDList(factors.get(0), factors.get(1).mul(size.rank() / size.alpha()));
        });
    }

    /**
     * Returns the best approximation of these adapters by others of a lower rank, whose alpha is their rank.
     *
     * @param rank the rank; layers that have a lower one keep it
     * @param model the layers of the model with the shapes of their weights
     * @return the adapters, to be closed by the caller
     * @throws InvalidInputException if the rank is not at least 1
     */
    public LoraAdapters resized(int rank, Map<String, Shape> model) {
        if (rank < 1) {
            throw new InvalidInputException("rank is " + rank + ", but must be at least 1.");
        }
        Map<String, LowRank> sizes = new LinkedHashMap<>();
        layers.forEach((layer, size) -> {
            int smaller = Math.min(rank, size.rank());
            sizes.put(layer, new LowRank(smaller, smaller));
        });
        return make(
                sizes,
                model,
                weights.device(),
                (scratch, layer, size) -> LoraFactors.ofProduct(
                        scratch,
                        tensor(layer + DOWN),
                        tensor(layer + UP),
                        Objects.requireNonNull(layers.get(layer)).scale(),
                        size.rank()));
    }

    /** Makes A and B of a layer. */
    private interface Factors {
        NDList of(NDManager scratch, String layer, LowRank size);
    }

    private static LoraAdapters make(
            Map<String, LowRank> layers, Map<String, Shape> model, Device device, Factors factors) {
        NDManager manager = Torch.newManager(device);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try {
            layers.forEach((layer, size) -> {
                Shape weight = Objects.requireNonNull(model.get(layer));
                try (NDManager scratch = manager.newSubManager()) {
                    NDList made = factors.of(scratch, layer, size);
                    keep(tensors, manager, layer + DOWN, made.get(0).reshape(LoraFit.down(weight, size.rank())));
                    keep(tensors, manager, layer + UP, made.get(1).reshape(LoraFit.up(weight, size.rank())));
                }
            });
            return new LoraAdapters(layers, Weights.of(manager, tensors));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private static void keep(Map<String, NDArray> tensors, NDManager manager, String key, NDArray tensor) {
        NDArray own = tensor.duplicate();
        own.attach(manager);
        tensors.put(key, own);
    }

    /**
     * Measures how much the adapters change.
     *
     * @return the square root of the sum of the squares of all changes of weights
     */
    public double norm() {
        try (NDManager scratch = Torch.newManager(weights.device())) {
            double squares = 0;
            for (Map.Entry<String, LowRank> layer : layers.entrySet()) {
                NDArray down = tensor(layer.getKey() + DOWN);
                NDArray up = tensor(layer.getKey() + UP);
                double norm = layer.getValue().scale() * LoraFactors.norm(scratch, down, up);
                squares += norm * norm;
            }
            return Math.sqrt(squares);
        }
    }

    private static NDArray get(Map<String, NDArray> tensors, String key) {
        return Objects.requireNonNull(tensors.get(key), key);
    }

    /** The shape of A of each layer, (rank, in) or (rank, in, k, k). */
    Map<String, Shape> inputs() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        layers.keySet().forEach(layer -> shapes.put(layer, tensor(layer + DOWN).getShape()));
        return shapes;
    }

    NDArray tensor(String key) {
        return get(weights.tensors(), key);
    }

    /**
     * Counts the numbers in all adapters.
     *
     * @return the parameter count
     */
    public long parameterCount() {
        return weights.tensors().values().stream().mapToLong(NDArray::size).sum();
    }

    @Override
    public void close() {
        weights.close();
    }
}
