package dev.text2image.nn;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

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
        return Tensor.op("torch.silu(%s)", x);
    }

    /**
     * Applies the exact (erf) GELU.
     *
     * @param x any tensor
     * @return same shape
     */
    public static Tensor gelu(Tensor x) {
        return Tensor.op("torch.gelu(%s, approximate=\"none\")", x);
    }

    /**
     * Applies x·sigmoid(1.702·x), the GELU of the original CLIP.
     *
     * @param x any tensor
     * @return same shape
     */
    public static Tensor quickGelu(Tensor x) {
        return Tensor.op("torch.mul(%s, torch.sigmoid(torch.mul(%s, 1.702)))", x, x);
    }

    /**
     * Joins tensors along a dimension.
     *
     * @param dimension the dimension
     * @param tensors the tensors, of equal shape elsewhere
     * @return the joined tensor
     */
    public static Tensor cat(int dimension, Tensor... tensors) {
        String list = Arrays.stream(tensors).map(Tensor::expression).collect(Collectors.joining(", ", "[", "]"));
        return tensors[0].trace().emit("torch.cat(" + list + ", " + dimension + ")");
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
        return x.trace()
                .emit("torch.upsample_nearest2d(" + x.expression() + ", [" + height.expression() + ", "
                        + width.expression() + "])");
    }

    /**
     * Doubles the size of images by repeating pixels.
     *
     * @param x (b, c, h, w)
     * @return (b, c, 2h, 2w)
     */
    public static Tensor upsampleNearest2x(Tensor x) {
        return x.trace().emit("torch.upsample_nearest2d(" + x.expression() + ", None, [2.0, 2.0])");
    }

    /**
     * Adds one row below and one column to the right, of zeros.
     *
     * @param x (b, c, h, w)
     * @return (b, c, h + 1, w + 1)
     */
    public static Tensor padRightAndBottom(Tensor x) {
        return Tensor.op("torch.constant_pad_nd(%s, [0, 1, 0, 1], 0.0)", x);
    }

    /**
     * Applies softmax(q·kᵀ/sqrt(d))·v without storing the scores.
     *
     * @param query (b, heads, n, d)
     * @param key (b, heads, m, d)
     * @param value (b, heads, m, d)
     * @param causal whether a position sees only itself and those before it
     * @return (b, heads, n, d)
     */
    public static Tensor attention(Tensor query, Tensor key, Tensor value, boolean causal) {
        return Tensor.op(
                "torch.scaled_dot_product_attention(%s, %s, %s, None, 0.0, " + (causal ? "True" : "False") + ")",
                query,
                key,
                value);
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
        Tensor t = timesteps.toFloat32().unsqueezeEnd(1); // (b, 1)
        Tensor steps = Tensor.op("torch.arange(" + half + ", dtype=6, device=ops.prim.device(%s))", t);
        Tensor exponents = Tensor.op("torch.div(%s, " + (half - frequencyShift) + ")", steps.mul(-Math.log(10000)));
        Tensor angles = t.mul(Tensor.op("torch.exp(%s)", exponents)); // (b, half)
        Tensor cos = Tensor.op("torch.cos(%s)", angles);
        Tensor sin = Tensor.op("torch.sin(%s)", angles);
        List<Tensor> order = flipSinToCos ? List.of(cos, sin) : List.of(sin, cos);
        return cat(-1, order.get(0), order.get(1));
    }

    /**
     * Looks up the first rows of a table, one for each position of a sequence.
     *
     * @param table (max, d)
     * @param sequence (b, n, ...)
     * @return (n, d)
     */
    static Tensor firstRows(Tensor table, Tensor sequence) {
        return Tensor.op("torch.slice(%s, 0, 0, torch.size(%s, 1))", table, sequence);
    }
}
