package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.torch.Scalars;

/**
 * A sum of arrays with weights, the form of every step of a linear method: one multiplication for each array, and one addition
 * between two.
 */
final class WeightedSum {
    private final NDArray sum;

    WeightedSum(NDArray array, double weight) {
        this.sum = Scalars.mul(array, (float) weight);
    }

    /** Adds an array; one without weight costs nothing. */
    WeightedSum add(NDArray array, double weight) {
        if (weight == 1) {
            sum.addi(array);
        } else if (weight != 0) {
            sum.addi(Scalars.mul(array, (float) weight));
        }
        return this;
    }

    /** Returns the sum, a new array. */
    NDArray value() {
        return sum;
    }
}
