package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a multistep method remembers between steps; each history owns copies of its arrays.
 *
 * @param outputs the latest model outputs, the newest last, at most three
 * @param anchor the sample from which the current group of steps started, or null
 * @param partial the weighted sum of the group's model outputs so far, or null
 * @param manager the owner of the arrays, or null if there are none
 */
record History(
        List<NDArray> outputs,
        @Nullable NDArray anchor,
        @Nullable NDArray partial,
        @Nullable NDManager manager) implements AutoCloseable {

    static final History EMPTY = new History(List.of(), null, null, null);

    /** Copies the arrays into a new sub-manager of {@code parent}. */
    static History copyOf(
            NDManager parent, List<NDArray> outputs, @Nullable NDArray anchor, @Nullable NDArray partial) {
        NDManager manager = parent.newSubManager();
        List<NDArray> copies =
                outputs.stream().map(output -> copy(manager, output)).toList();
        return new History(
                copies,
                anchor == null ? null : copy(manager, anchor),
                partial == null ? null : copy(manager, partial),
                manager);
    }

    private static NDArray copy(NDManager manager, NDArray array) {
        NDArray copy = array.duplicate();
        copy.attach(manager);
        return copy;
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
