package dev.text2image.nn;

import java.util.function.Supplier;

/** What {@code --mixed_precision} takes: a number format of matrix work, or the choice of one. */
public enum MixedPrecision {
    /** Everything in float32. */
    NO,
    /** {@link Precision#BF16}, also where it is slow. */
    BF16,
    /** {@link Precision#FP16}, also where it is slow. */
    FP16,
    /** What is fastest on the device, see {@link dev.text2image.nn.speed.PrecisionSpeed#fastest}. */
    AUTO;

    /**
     * Returns the format that is asked for.
     *
     * @param chosen gives the format that {@link #AUTO} stands for; not called for any other value
     * @return the format
     */
    public Precision or(Supplier<Precision> chosen) {
        return switch (this) {
            case NO -> Precision.FP32;
            case BF16 -> Precision.BF16;
            case FP16 -> Precision.FP16;
            case AUTO -> chosen.get();
        };
    }

    /**
     * Reads the value of the flag.
     *
     * @param name {@code "no"}, {@code "bf16"}, {@code "fp16"} or {@code "auto"}
     * @return the value
     * @throws IllegalArgumentException for any other name
     */
    public static MixedPrecision of(String name) {
        for (MixedPrecision value : values()) {
            if (value.name().equalsIgnoreCase(name)) {
                return value;
            }
        }
        throw new IllegalArgumentException("mixed_precision is '" + name + "', but must be no, bf16, fp16 or auto.");
    }
}
