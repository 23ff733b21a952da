package dev.text2image.nn;

import java.util.Locale;

/**
 * The number format of a traced model's arithmetic, as torch.autocast would choose it: convolutions, linear layers and attention
 * run in the lower format, normalisation and everything after the model in float32. Weights are always kept in float32: the casts are
 * part of the traced code, as DJL's arrays have no bfloat16.
 */
public enum Precision {
    /** Everything in float32. */
    FP32(6),
    /** Matrix work in bfloat16. */
    BF16(15);

    private final int scalarType;

    Precision(int scalarType) {
        this.scalarType = scalarType;
    }

    /** The number that TorchScript has for the type (c10/core/ScalarType.h). */
    int scalarType() {
        return scalarType;
    }

    /**
     * Returns the name that {@code --mixed_precision} has for it.
     *
     * @return {@code "no"} or {@code "bf16"}
     */
    public String flagName() {
        return this == FP32 ? "no" : name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads the value of the {@code --mixed_precision} flag.
     *
     * @param name {@code "no"} or {@code "bf16"}
     * @return the precision
     * @throws IllegalArgumentException for any other name
     */
    public static Precision of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "no", "fp32" -> FP32;
            case "bf16" -> BF16;
            default -> throw new IllegalArgumentException("mixed_precision is '" + name + "', but must be no or bf16.");
        };
    }
}
