package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler remembers between the calls of the model; each history owns copies of its arrays.
 *
 * @param arrays the arrays, in an order that the sampler knows
 * @param manager the owner of the arrays, or null if there are none
 */
record History(List<NDArray> arrays, @Nullable NDManager manager) implements AutoCloseable {
    static final History EMPTY = new History(List.of(), null);

    /** Copies arrays, which may share memory that is not theirs, into a new sub-manager of {@code parent}. */
    static History copyOf(NDManager parent, List<NDArray> arrays) {
        if (arrays.isEmpty()) {
            return EMPTY;
        }
        NDManager manager = parent.newSubManager();
        List<NDArray> copies = arrays.stream().map(NDArray::duplicate).toList();
        copies.forEach(copy -> copy.attach(manager));
        return new History(copies, manager);
    }

    boolean isOpen() {
        return manager == null || manager.isOpen();
    }

    @Override
    public void close() {
        if (manager != null) {
            manager.close();
        }
    }
}
