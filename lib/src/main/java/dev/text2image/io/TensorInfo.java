package dev.text2image.io;

import java.util.List;

/**
 * What the header of a safetensors file says of one tensor.
 *
 * @param name the tensor's name
 * @param dtype the type of its elements
 * @param shape its dimensions, empty for a scalar
 * @param begin the offset of its first byte behind the header
 * @param end the offset behind its last byte
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long begin, long end) {
    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /**
     * Returns the size of the tensor's data.
     *
     * @return the size in bytes
     */
    public long byteSize() {
        return end - begin;
    }

    /**
     * Returns the number of elements.
     *
     * @return the product of the dimensions, 1 for a scalar
     */
    public long elementCount() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
