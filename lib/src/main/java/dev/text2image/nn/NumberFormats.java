package dev.text2image.nn;

import java.util.Locale;

/**
 * The number formats of a traced model. A choice of its own for norms tells torch.autocast's way, which normalises in float32, from that
 * of a model that is half precision throughout; in both cases libtorch's norms add up in float32.
 *
 * @param matrices the format of matrix work: convolutions, linear layers and attention
 * @param norms the format of what norms and embeddings take and give: FP32, or that of {@code matrices}
 * @param weights the format that weights are kept in: FP32, or that of {@code matrices}
 */
public record NumberFormats(Precision matrices, Precision norms, Precision weights) {
    /** Everything in float32. */
    public static final NumberFormats FP32 = allIn(Precision.FP32);

    /** Checks that the formats fit together. */
    public NumberFormats {
        check("Norms", norms, matrices);
        check("Weights", weights, matrices);
    }

    private static void check(String what, Precision format, Precision matrices) {
        if (format != Precision.FP32 && format != matrices) {
            throw new IllegalArgumentException(what + " in " + format + " need matrix work in " + format
                    + ", but the precision is " + matrices + "; choose the precision first, or "
                    + what.toLowerCase(Locale.ROOT)
                    + " in FP32.");
        }
    }

    /**
     * Returns the formats of torch.autocast: weights and norms in float32.
     *
     * @param matrices the format of matrix work
     * @return the formats
     */
    public static NumberFormats autocast(Precision matrices) {
        return new NumberFormats(matrices, Precision.FP32, Precision.FP32);
    }

    /**
     * Returns the formats of a model that is in one format throughout.
     *
     * @param all the format
     * @return the formats
     */
    public static NumberFormats allIn(Precision all) {
        return new NumberFormats(all, all, all);
    }

    /**
     * Returns a name for files whose content depends on the formats.
     *
     * @return {@code "FP32"}, or all three formats
     */
    public String name() {
        return matrices == Precision.FP32 ? "FP32" : matrices + ", norms " + norms + ", weights " + weights;
    }

    /**
     * Returns the same formats with others for weights.
     *
     * @param newWeights FP32, or the format of matrix work
     * @return changed formats
     * @throws IllegalArgumentException for another format
     */
    public NumberFormats withWeights(Precision newWeights) {
        return new NumberFormats(matrices, norms, newWeights);
    }
}
