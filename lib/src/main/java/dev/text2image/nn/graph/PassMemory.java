package dev.text2image.nn.graph;

import dev.text2image.nn.graph.TracedOperation.Storage;
import dev.text2image.nn.graph.TracedOperation.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The memory of a pass through operations that follow each other: a tensor is freed after its last use, unless autograd keeps it. What
 * was there before the pass, weights and inputs, is not counted.
 */
final class PassMemory {
    private final List<TracedOperation> operations;
    private final Set<Storage> before = new HashSet<>();
    private final Set<Storage> live = new HashSet<>();
    private final Map<Storage, Integer> lastUse = new HashMap<>();
    private final Map<Storage, Integer> keepers = new HashMap<>();
    private long bytes;
    private long peak;

    private PassMemory(List<TracedOperation> operations, Value output) {
        this.operations = operations;
        Set<Storage> made = new HashSet<>();
        for (int i = 0; i < operations.size(); i++) {
            TracedOperation operation = operations.get(i);
            for (Value read : operation.reads()) {
                lastUse.put(read.storage(), i);
                if (!made.contains(read.storage())) {
                    before.add(read.storage());
                }
            }
            made.add(operation.result().storage());
            lastUse.putIfAbsent(operation.result().storage(), i);
        }
        lastUse.put(output.storage(), operations.size());
    }

    /** The largest memory of a pass without gradients. */
    static long inference(List<TracedOperation> operations, Value output) {
        PassMemory memory = new PassMemory(operations, output);
        memory.forward(false);
        return memory.peak;
    }

    /** The largest memory of a pass forward and back. */
    static long training(List<TracedOperation> operations, Value output) {
        PassMemory memory = new PassMemory(operations, output);
        memory.forward(true);
        memory.backward(output);
        return memory.peak;
    }

    private void forward(boolean recording) {
        for (int i = 0; i < operations.size(); i++) {
            TracedOperation operation = operations.get(i);
            allocate(operation.result().storage());
            if (recording && operation.result().hasGradient()) {
                operation.keeps().forEach(kept -> keepers.merge(kept.storage(), 1, Integer::sum));
                bytes += operation.keptBytes();
            }
            for (Value read : operation.reads()) {
                freeAfterLastUse(read.storage(), i);
            }
            freeAfterLastUse(operation.result().storage(), i);
        }
    }

    private void allocate(Storage storage) {
        if (!storage.isParameter() && !before.contains(storage) && live.add(storage)) {
            bytes += storage.bytes();
        }
        peak = Math.max(peak, bytes);
    }

    private void freeAfterLastUse(Storage storage, int operation) {
        if (lastUse.getOrDefault(storage, -1) <= operation && !keepers.containsKey(storage)) {
            free(storage);
        }
    }

    private void free(Storage storage) {
        if (live.remove(storage)) {
            bytes -= storage.bytes();
        }
    }

    /** Each operation makes the gradients of its inputs from that of its result, and then lets go of what it kept. */
    private void backward(Value output) {
        Gradients gradients = new Gradients();
        gradients.create(output.storage());
        for (int i = operations.size() - 1; i >= 0; i--) {
            TracedOperation operation = operations.get(i);
            if (!operation.result().hasGradient()) {
                continue;
            }
            long temporary = 0;
            for (Value read : operation.reads()) {
                if (read.hasGradient()) {
                    temporary += gradients.pass(operation, read);
                }
            }
            peak = Math.max(peak, bytes + gradients.bytes + temporary);
            if (operation.allocates()) {
                gradients.release(operation.result().storage());
            }
            for (Value kept : operation.keeps()) {
                if (keepers.merge(kept.storage(), -1, Integer::sum) == 0) {
                    free(kept.storage());
                }
            }
            bytes -= operation.keptBytes();
        }
    }

    /** The gradients that are on their way; several tensors may have the same. */
    private static final class Gradients {
        private final Map<Storage, Storage> bufferOf = new HashMap<>();
        private final Map<Storage, Integer> users = new HashMap<>();
        private long bytes;

        void create(Storage tensor) {
            share(tensor, new Storage(tensor.bytes(), false));
        }

        /** Gives an input its gradient; returns the size of memory that is needed only meanwhile. */
        long pass(TracedOperation operation, Value read) {
            Storage tensor = read.storage();
            Storage own = bufferOf.get(operation.result().storage());
            if (tensor.isParameter() || tensor == operation.result().storage()) {
                return tensor.isParameter() ? tensor.bytes() : 0; // added to the weight's gradient at once
            }
            boolean sameSize = read.elements() == operation.result().elements();
            if (bufferOf.containsKey(tensor)) {
                release(tensor); // replaced by the sum
                create(tensor);
                return tensor.bytes();
            }
            if (operation.passesGradientOn() && sameSize && own != null) {
                share(tensor, own);
            } else {
                create(tensor);
            }
            return 0;
        }

        private void share(Storage tensor, Storage buffer) {
            bufferOf.put(tensor, buffer);
            if (users.merge(buffer, 1, Integer::sum) == 1) {
                bytes += buffer.bytes();
            }
        }

        void release(Storage tensor) {
            Storage buffer = bufferOf.remove(tensor);
            if (buffer != null && users.merge(buffer, -1, Integer::sum) == 0) {
                bytes -= buffer.bytes();
            }
        }
    }
}
