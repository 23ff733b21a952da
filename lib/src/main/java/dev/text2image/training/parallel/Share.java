package dev.text2image.training.parallel;

import ai.djl.ndarray.NDManager;
import java.util.function.DoubleSupplier;

/**
 * The rows of a micro-batch that one of several replicas or processes takes; all rows are dealt in order, as evenly as they can be.
 *
 * @param from the first row
 * @param to the row behind the last one
 * @param all the number of rows of the micro-batch
 */
record Share(int from, int to, int all) {
    /**
     * Deals.
     *
     * @param all the number of rows of the micro-batch
     * @param index which of those that share them is meant, from 0
     * @param count how many share them; those beyond the number of rows get none
     */
    static Share of(int all, int index, int count) {
        int each = all / count;
        int more = all % count;
        int from = index * each + Math.min(index, more);
        return new Share(from, from + each + (index < more ? 1 : 0), all);
    }

    /**
     * Adds the gradients of these rows to a replica's weights.
     *
     * @param replica the replica
     * @param scratch owner of everything that is made on the way, on the replica's device
     * @param batch the whole micro-batch
     * @param gradientScale what the gradients of the whole micro-batch's loss are multiplied by
     * @return gives what the rows add to that loss, 0 if there are none; to be asked once
     */
    <B extends MicroBatch<B>> DoubleSupplier backward(
            Replica<B> replica, NDManager scratch, B batch, double gradientScale) {
        if (from == to) {
            return () -> 0;
        }
        double part = (double) (to - from) / all;
        DoubleSupplier loss = replica.backward(scratch, batch.rows(scratch, from, to), part * gradientScale);
        return () -> part * loss.getAsDouble();
    }
}
