package dev.text2image.io;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The element types of the safetensors format; a constant's name is the type's name in the file.
 *
 * <p>The order is the format's own, by growing alignment; the writer puts the last ones first. Only eight of them have a
 * counterpart in the engine. DJL names more types than its native part knows: asking for one of the others, such as BFLOAT16, ends
 * the whole process, so they are mapped to none.
 *
 * @see <a href="https://github.com/deepjavalibrary/djl/blob/v0.35.1/engines/pytorch/pytorch-native/src/main/native/djl_pytorch_utils.h">the
 *     types that the engine knows</a>
 */
public enum DType {
    /** Truth value, one byte, 0 or 1. */
    BOOL(8, DataType.BOOLEAN),
    /** Float of 4 bits. */
    F4(4, null),
    /** Float of 6 bits: 2 of exponent, 3 of mantissa. */
    F6_E2M3(6, null),
    /** Float of 6 bits: 3 of exponent, 2 of mantissa. */
    F6_E3M2(6, null),
    /** Unsigned integer of 8 bits. */
    U8(8, DataType.UINT8),
    /** Signed integer of 8 bits. */
    I8(8, DataType.INT8),
    /** Float of 8 bits: 5 of exponent, 2 of mantissa. */
    F8_E5M2(8, null),
    /** Float of 8 bits: 4 of exponent, 3 of mantissa. */
    F8_E4M3(8, null),
    /** Float of 8 bits, exponent only: a scale. */
    F8_E8M0(8, null),
    /** Float of 8 bits: 4 of exponent, 3 of mantissa, without infinity or negative zero. */
    F8_E4M3FNUZ(8, null),
    /** Float of 8 bits: 5 of exponent, 2 of mantissa, without infinity or negative zero. */
    F8_E5M2FNUZ(8, null),
    /** Signed integer of 16 bits. */
    I16(16, null),
    /** Unsigned integer of 16 bits. */
    U16(16, null),
    /** IEEE half precision. */
    F16(16, DataType.FLOAT16),
    /** The upper half of a single precision float. */
    BF16(16, null),
    /** Signed integer of 32 bits. */
    I32(32, DataType.INT32),
    /** Unsigned integer of 32 bits. */
    U32(32, null),
    /** IEEE single precision. */
    F32(32, DataType.FLOAT32),
    /** Complex number of two single precision floats. */
    C64(64, null),
    /** IEEE double precision. */
    F64(64, DataType.FLOAT64),
    /** Signed integer of 64 bits. */
    I64(64, DataType.INT64),
    /** Unsigned integer of 64 bits. */
    U64(64, null);

    private static final Map<String, DType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(DType::name, type -> type));

    private final int bits;
    private final @Nullable DataType dataType;

    DType(int bits, @Nullable DataType dataType) {
        this.bits = bits;
        this.dataType = dataType;
    }

    /**
     * Returns the size of one element.
     *
     * @return the size in bits: 4, 6, 8, 16, 32 or 64
     */
    public int bits() {
        return bits;
    }

    /**
     * Returns the DJL type with the same elements.
     *
     * @return the DJL type
     * @throws InvalidInputException if the engine has none
     */
    public DataType dataType() {
        if (dataType == null) {
            throw new InvalidInputException("The element type " + this
                    + " has no counterpart in the engine; convert the weights to F32 or F16 first.");
        }
        return dataType;
    }

    /**
     * Looks up a type by its name in a file.
     *
     * @param name the name, such as {@code "BF16"}
     * @return the type, empty if the format has none of that name
     */
    public static Optional<DType> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * Returns the type that stores the elements of a DJL type.
     *
     * @param dataType the DJL type
     * @return the type in the file
     * @throws InvalidInputException if there is none, as for COMPLEX64, which is also what DJL calls every type that it does not
     *     know, bfloat16 among them
     */
    public static DType of(DataType dataType) {
        return Arrays.stream(values())
                .filter(type -> type.dataType == dataType)
                .findFirst()
                .orElseThrow(
                        () -> new InvalidInputException(
                                "An array of the DJL type " + dataType
                                        + " (bfloat16 appears as complex64) cannot be written; convert it to float32 or float16 first."));
    }
}
