package dev.text2image.training.parallel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;

/**
 * All inputs of one pass through the models, random ones included: a row for each image.
 *
 * @param <B> the batch itself
 */
public interface MicroBatch<B extends MicroBatch<B>> {
    /**
     * Returns the number of rows.
     *
     * @return at least 1
     */
    int size();

    /**
     * Takes some of the rows, as a batch of their own.
     *
     * @param manager owner of the arrays, which are made on its device
     * @param from the first row
     * @param to the row behind the last one
     * @return the rows
     */
    B rows(NDManager manager, int from, int to);

    /**
     * Takes rows of an array.
     *
     * @param manager owner of the result, which is made on its device
     * @param array any array (b, ...)
     * @param from the first row
     * @param to the row behind the last one
     * @return the rows (to - from, ...)
     */
    static NDArray rows(NDManager manager, NDArray array, int from, int to) {
        NDArray view = array.get(new NDIndex(from + ":" + to));
        NDArray moved = view.toDevice(manager.getDevice(), false);
        moved.attach(manager);
        return moved;
    }
}
