package dev.text2image.nn.graph;

import dev.text2image.nn.Precision;
import java.util.List;

/** Operations on symbolic tensors that have no parameters of their own. */
public final class Functional {
    private Functional() {}

    /**
     * Applies x·sigmoid(x).
     *
     * @param x any tensor
     * @return same shape
     */
    public static Tensor silu(Tensor x) {
        return x.trace().emit("silu", x);
    }

    /**
     * Applies the exact (erf) GELU.
     *
     * @param x any tensor
     * @return same shape
     */
    public static Tensor gelu(Tensor x) {
        return x.trace().emit("gelu", x, new Expression.Named("approximate", "\"none\""));
    }

    /**
     * Applies x·sigmoid(1.702·x), the GELU of the original CLIP.
     *
     * @param x any tensor
     * @return same shape
     */
    public static Tensor quickGelu(Tensor x) {
        return x.mul(x.trace().emit("sigmoid", x.mul(1.702)));
    }

    /**
     * Joins tensors along a dimension.
     *
     * @param dimension the dimension
     * @param tensors the tensors, of equal shape elsewhere
     * @return the joined tensor
     */
    public static Tensor cat(int dimension, Tensor... tensors) {
        return tensors[0].trace().emit("cat", List.of(tensors), dimension);
    }

    /**
     * Enlarges images by repeating pixels.
     *
     * @param x (b, c, h, w)
     * @param height the new height
     * @param width the new width
     * @return (b, c, height, width)
     */
    public static Tensor upsampleNearest(Tensor x, Dim height, Dim width) {
        return x.trace().emit("upsample_nearest2d", x, List.of(height, width));
    }

    /**
     * Doubles the size of images by repeating pixels.
     *
     * @param x (b, c, h, w)
     * @return (b, c, 2h, 2w)
     */
    public static Tensor upsampleNearest2x(Tensor x) {
        return x.trace().emit("upsample_nearest2d", x, Expression.NONE, List.of(2.0, 2.0));
    }

    /**
     * Adds one row below and one column to the right, of zeros.
     *
     * @param x (b, c, h, w)
     * @return (b, c, h + 1, w + 1)
     */
    public static Tensor padRightAndBottom(Tensor x) {
        return x.trace().emit("constant_pad_nd", x, List.of(0, 1, 0, 1), 0.0);
    }

    /**
     * Applies softmax(q·kᵀ/sqrt(d))·v to each head's part of the channels, without storing the scores.
     *
     * @param query (b, n, c)
     * @param key (b, m, c)
     * @param value (b, m, c)
     * @param heads number of heads, a divisor of c
     * @param causal whether a position sees only itself and those before it
     * @return (b, n, c)
     */
    public static Tensor multiHeadAttention(Tensor query, Tensor key, Tensor value, int heads, boolean causal) {
        Tensor attended = query.trace()
                .emit(
                        "scaled_dot_product_attention",
                        split(query, heads),
                        split(key, heads),
                        split(value, heads),
                        Expression.NONE,
                        0.0,
                        causal);
        return attended.transpose(1, 2).flatten(2, 3);
    }

    /** From (b, n, c) to (b, heads, n, c / heads). */
    private static Tensor split(Tensor x, int heads) {
        return x.unflatten(-1, Dim.of(heads), Dim.of(-1)).transpose(1, 2);
    }

    /**
     * Encodes timesteps as cosines and sines of falling frequency, computed in float32 (diffusers,
     * embeddings.py:get_timestep_embedding).
     *
     * @param timesteps (b)
     * @param size the even length of a code
     * @param flipSinToCos whether the cosines come first
     * @param frequencyShift subtracted from size/2 in the exponent's denominator
     * @return (b, size)
     */
    public static Tensor timestepEmbedding(Tensor timesteps, int size, boolean flipSinToCos, double frequencyShift) {
        int half = size / 2;
        Trace trace = timesteps.trace();
        Tensor t = timesteps.toFloat32().unsqueezeEnd(1); // (b, 1)
        var type = new Expression.Named("dtype", Precision.FP32.scalarType());
        var device = new Expression.Named("device", Expression.call("device", t));
        Tensor steps = trace.emitIn(Precision.FP32, "arange", half, type, device);
        Tensor exponents = trace.emit("div", steps.mul(-Math.log(10000)), half - frequencyShift);
        Tensor angles = t.mul(trace.emit("exp", exponents)); // (b, half)
        Tensor cos = trace.emit("cos", angles);
        Tensor sin = trace.emit("sin", angles);
        return flipSinToCos ? cat(-1, cos, sin) : cat(-1, sin, cos);
    }
}
