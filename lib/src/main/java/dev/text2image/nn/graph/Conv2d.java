package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import java.util.List;

/** A convolution over images with a bias; runs in the model's precision. */
public final class Conv2d extends Module {
    /** Stride, padding, dilation and groups of a 1 × 1 convolution. */
    static final List<Object> POINTWISE = List.of(List.of(1, 1), List.of(0, 0), List.of(1, 1), 1);

    private final Parameter weight;
    private final Parameter bias;
    private final int stride;
    private final int padding;

    private Conv2d(int in, int out, int kernel, int stride, int padding) {
        long fanIn = (long) in * kernel * kernel;
        weight = parameter("weight", Initializer.uniform(fanIn), out, in, kernel, kernel);
        bias = parameter("bias", Initializer.uniform(fanIn), out);
        this.stride = stride;
        this.padding = padding;
    }

    /**
     * Declares a 3 × 3 convolution that keeps the image's size.
     *
     * @param in input channels
     * @param out output channels
     * @return the layer
     */
    public static Conv2d size3(int in, int out) {
        return new Conv2d(in, out, 3, 1, 1);
    }

    /**
     * Declares a 1 × 1 convolution.
     *
     * @param in input channels
     * @param out output channels
     * @return the layer
     */
    public static Conv2d size1(int in, int out) {
        return new Conv2d(in, out, 1, 1, 0);
    }

    /**
     * Declares a 3 × 3 convolution that halves the image's size.
     *
     * @param channels input and output channels
     * @param padding zeros added on each side, 0 or 1
     * @return the layer
     */
    public static Conv2d halving(int channels, int padding) {
        return new Conv2d(channels, channels, 3, 2, padding);
    }

    /**
     * Applies the layer.
     *
     * @param x (b, in, h, w)
     * @return (b, out, h / stride, w / stride)
     */
    public Tensor forward(Tensor x) {
        List<Integer> strides = List.of(stride, stride);
        List<Integer> paddings = List.of(padding, padding);
        return x.trace().affine("conv2d", x, weight, bias, strides, paddings, List.of(1, 1), 1);
    }
}
