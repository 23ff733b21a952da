package dev.text2image.lora;

import ai.djl.ndarray.NDArray;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The adapters of one model with their weights.
 *
 * @param layers the sizes by the name of the layer, in the order of the model
 * @param weights float32 weights with the keys of {@link dev.text2image.nn.Adapters}, in the same order
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
        Map<String, Weights.Change> changes = new LinkedHashMap<>();
        layers.forEach((layer, size) -> changes.put(
                layer + ".weight",
                new Weights.Change(tensor(layer + DOWN), tensor(layer + UP), weight * size.scale())));
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

    NDArray tensor(String key) {
        return Objects.requireNonNull(weights.tensors().get(key), key);
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
