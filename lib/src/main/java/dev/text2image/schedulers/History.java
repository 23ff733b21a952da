package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler remembers between the calls of the model; each history owns its arrays.
 *
 * @param arrays the arrays, in an order that the sampler knows
 * @param manager the owner of the arrays, or null if there are none
 */
record History(List<NDArray> arrays, @Nullable NDManager manager) implements AutoCloseable {
    static final History EMPTY = new History(List.of(), null);

    /** Moves arrays of a scratch space into a new sub-manager of {@code parent}. */
    static History of(NDManager parent, List<NDArray> arrays) {
        if (arrays.isEmpty()) {
            return EMPTY;
        }
        NDManager manager = parent.newSubManager();
        arrays.forEach(array -> array.attach(manager));
        return new History(List.copyOf(arrays), manager);
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
