package dev.text2image.io;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor outside of any engine: what {@link SafeTensorsWriter} writes.
 *
 * @param dtype the type of the elements
 * @param shape the dimensions, empty for a scalar
 * @param data the elements in row-major order, little-endian, from the buffer's position to its limit
 */
public record TensorData(DType dtype, List<Long> shape, ByteBuffer data) {
    /** Copies the shape; the buffer is shared. */
    public TensorData {
        shape = List.copyOf(shape);
    }
}
