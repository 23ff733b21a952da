package dev.text2image.nn;

import java.util.Locale;

/**
 * A number format of a traced model's arithmetic, see {@link NumberFormats}. The casts are part of the traced code, so that the weights
 * that are trained stay in float32; frozen ones may be kept in the lower format, see {@link Weights}.
 */
public enum Precision {
    /** Everything in float32. */
    FP32(6),
    /** Matrix work in bfloat16. */
    BF16(15),
    /** Matrix work in IEEE half precision; training needs a scaled loss, as gradients below 6e-8 vanish. */
    FP16(5);

    private final int scalarType;

    Precision(int scalarType) {
        this.scalarType = scalarType;
    }

    /** The size of a number. */
    long bytes() {
        return this == FP32 ? 4 : 2;
    }

    /**
     * Returns the number that TorchScript has for the type (c10/core/ScalarType.h).
     *
     * @return the number
     */
    public int scalarType() {
        return scalarType;
    }

    /**
     * Returns the name that {@code --mixed_precision} has for it.
     *
     * @return {@code "no"}, {@code "bf16"} or {@code "fp16"}
     */
    public String flagName() {
        return this == FP32 ? "no" : name().toLowerCase(Locale.ROOT);
    }
}
