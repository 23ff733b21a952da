package dev.text2image.nn.graph;

import dev.text2image.nn.Precision;
import java.util.Arrays;
import java.util.List;

/**
 * One operation of a traced pass: what it reads, what it makes and what autograd keeps of it for the way back (torch,
 * derivatives.yaml).
 *
 * @param result the tensor that it makes
 * @param reads the tensors that it computes from
 * @param keeps those of its inputs and outputs that are kept if gradients are wanted
 * @param keptBytes size of what else is kept, such as the statistics of a norm
 * @param passesGradientOn whether the gradient of the result is, without a copy, that of the inputs
 */
record TracedOperation(Value result, List<Value> reads, List<Value> keeps, long keptBytes, boolean passesGradientOn) {
    /**
     * Memory that one or several tensors share. Two are the same only if they are the same object.
     */
    static final class Storage {
        private final long bytes;
        private final boolean isParameter;

        Storage(long bytes, boolean isParameter) {
            this.bytes = bytes;
            this.isParameter = isParameter;
        }

        long bytes() {
            return bytes;
        }

        /** Whether it is a weight, which is there all the time. */
        boolean isParameter() {
            return isParameter;
        }
    }

    /**
     * A tensor without numbers.
     *
     * @param shape its sizes
     * @param scalarType the number that TorchScript has for its type
     * @param storage its memory
     * @param hasGradient whether it takes part in gradients
     */
    record Value(List<Long> shape, int scalarType, Storage storage, boolean hasGradient) {
        private static final int HALF = 5;
        private static final int BFLOAT16 = 15;

        Value {
            shape = List.copyOf(shape);
        }

        /** A tensor with memory of its own. */
        static Value create(List<Long> shape, int scalarType, boolean hasGradient) {
            return new Value(shape, scalarType, new Storage(bytes(shape, scalarType), false), hasGradient);
        }

        static Value parameter(long[] shape, Precision format, boolean trained) {
            List<Long> sizes = Arrays.stream(shape).boxed().toList();
            int type = format.scalarType();
            return new Value(sizes, type, new Storage(bytes(sizes, type), true), trained);
        }

        private static long bytes(List<Long> shape, int scalarType) {
            return elements(shape) * (scalarType == HALF || scalarType == BFLOAT16 ? 2 : 4);
        }

        static long elements(List<Long> shape) {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        Value viewed(List<Long> newShape) {
            return new Value(newShape, scalarType, storage, hasGradient);
        }

        long size(int dimension) {
            return shape.get(dimension < 0 ? shape.size() + dimension : dimension);
        }

        long elements() {
            return elements(shape);
        }
    }

    /** Whether the result lies in memory of its own. */
    boolean allocates() {
        return reads.stream().noneMatch(read -> read.storage() == result.storage());
    }
}
