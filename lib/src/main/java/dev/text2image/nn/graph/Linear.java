package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import org.jspecify.annotations.Nullable;

/** A matrix multiplication with an optional bias, y = x·Wᵀ + b; runs in the model's precision. */
public final class Linear extends Module {
    private final Parameter weight;
    private final @Nullable Parameter bias;

    /**
     * Declares the layer.
     *
     * @param in size of the last dimension of the input
     * @param out size of the last dimension of the output
     * @param withBias whether there is a bias
     */
    public Linear(int in, int out, boolean withBias) {
        this(in, withBias, out, in);
    }

    private Linear(int in, boolean withBias, long... shape) {
        weight = parameter("weight", Initializer.uniform(in), shape);
        bias = withBias ? parameter("bias", Initializer.uniform(in), shape[0]) : null;
    }

    /**
     * Declares the layer with a weight (out, in, 1, 1), as models store it that apply it to maps as a convolution.
     *
     * @param in size of the last dimension of the input
     * @param out size of the last dimension of the output
     * @return the layer, with a bias
     */
    public static Linear pointwise(int in, int out) {
        return new Linear(in, true, out, in, 1, 1);
    }

    /**
     * Applies the layer.
     *
     * @param x (..., in)
     * @return (..., out)
     */
    public Tensor forward(Tensor x) {
        return x.trace().affine("linear", x, weight, bias);
    }
}
