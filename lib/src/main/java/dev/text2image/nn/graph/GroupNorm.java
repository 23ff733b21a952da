package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;

/** Normalises groups of channels to mean 0 and variance 1, then scales and shifts each channel (Wu and He, 2018). */
public final class GroupNorm extends Module {
    private final Parameter weight;
    private final Parameter bias;
    private final int groups;
    private final double epsilon;

    /**
     * Declares the layer.
     *
     * @param groups number of groups, a divisor of {@code channels}
     * @param channels number of channels
     * @param epsilon added to the variance
     */
    public GroupNorm(int groups, int channels, double epsilon) {
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(
                    "norm_num_groups is " + groups + ", but must divide the number of channels, " + channels + ".");
        }
        this.groups = groups;
        this.epsilon = epsilon;
        weight = parameter("weight", Initializer.ONES, channels);
        bias = parameter("bias", Initializer.ZEROS, channels);
    }

    /**
     * Applies the layer.
     *
     * @param x (b, channels, ...)
     * @return same shape
     */
    public Tensor forward(Tensor x) {
        return x.trace().norm("group_norm", x, groups, weight, bias, epsilon);
    }
}
