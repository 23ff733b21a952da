package dev.text2image.io;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the tensors of a safetensors file lie in its data: one behind the other, without a gap, each as long as its shape says. */
final class SafeTensorsLayout {
    private SafeTensorsLayout() {}

    /**
     * Checks the layout.
     *
     * @param file the file, for messages
     * @param tensors the tensors of the header
     * @param dataSize the number of bytes behind the header
     * @return the tensors by name, in the order of their data
     * @throws SafeTensorsException if a tensor overlaps another, leaves a gap or has another size than its shape, or if the data
     *     ends elsewhere than the file
     */
    static Map<String, TensorInfo> check(Path file, Collection<TensorInfo> tensors, long dataSize) {
        List<TensorInfo> ordered = tensors.stream()
                .sorted(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end))
                .toList();
        Map<String, TensorInfo> byName = new LinkedHashMap<>();
        long position = 0;
        for (TensorInfo tensor : ordered) {
            checkPlace(file, tensor, position);
            checkSize(file, tensor);
            position = tensor.end();
            byName.put(tensor.name(), tensor);
        }
        if (position != dataSize) {
            throw SafeTensorsException.broken(
                    file, "its tensors take " + position + " bytes but " + dataSize + " bytes follow the header");
        }
        return Collections.unmodifiableMap(byName);
    }

    /**
     * Computes the size of a tensor's data.
     *
     * @param dtype the type of the elements
     * @param shape the dimensions
     * @return the size in bits
     * @throws ArithmeticException if it overflows 63 bits
     */
    static long bits(DType dtype, List<Long> shape) {
        long count = 1;
        for (long dimension : shape) {
            count = Math.multiplyExact(count, dimension);
        }
        return Math.multiplyExact(count, (long) dtype.bits());
    }

    private static void checkPlace(Path file, TensorInfo tensor, long position) {
        if (tensor.begin() != position || tensor.end() < tensor.begin()) {
            throw SafeTensorsException.broken(
                    file,
                    "the tensor '" + tensor.name() + "' lies at bytes " + tensor.begin() + " to " + tensor.end()
                            + " but must begin at " + position + ", where the one before it ends");
        }
    }

    private static void checkSize(Path file, TensorInfo tensor) {
        String name = "the tensor '" + tensor.name() + "' of type " + tensor.dtype() + " and shape " + tensor.shape();
        long bits;
        try {
            bits = bits(tensor.dtype(), tensor.shape());
        } catch (ArithmeticException e) {
            throw SafeTensorsException.broken(file, name + " has a size that overflows 63 bits");
        }
        if (bits % 8 != 0) {
            throw SafeTensorsException.broken(file, name + " takes " + bits + " bits, which is not whole bytes");
        }
        if (bits / 8 != tensor.byteSize()) {
            throw SafeTensorsException.broken(
                    file, name + " needs " + bits / 8 + " bytes but has " + tensor.byteSize());
        }
    }
}
