package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import java.util.List;

/** Normalises the last dimension to mean 0 and variance 1, then scales and shifts it (Ba et al., 2016). */
public final class LayerNorm extends Module {
    private final Parameter weight;
    private final Parameter bias;
    private final int size;
    private final double epsilon;

    /**
     * Declares the layer.
     *
     * @param size size of the last dimension
     * @param epsilon added to the variance
     */
    public LayerNorm(int size, double epsilon) {
        this.size = size;
        this.epsilon = epsilon;
        weight = parameter("weight", Initializer.ONES, size);
        bias = parameter("bias", Initializer.ZEROS, size);
    }

    /**
     * Applies the layer.
     *
     * @param x (..., size)
     * @return same shape
     */
    public Tensor forward(Tensor x) {
        return x.trace().norm("layer_norm", x, List.of(size), weight, bias, epsilon);
    }
}
