package dev.text2image.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.RandomTensors;

/** How the values of a new parameter are drawn; random ones come from libtorch's generator. */
@FunctionalInterface
public interface Initializer {
    /** All zero. */
    Initializer ZEROS = NDManager::zeros;

    /** All one. */
    Initializer ONES = NDManager::ones;

    /**
     * Draws the values.
     *
     * @param manager owner of the result
     * @param shape the parameter's shape
     * @return a float32 tensor of that shape
     */
    NDArray create(NDManager manager, Shape shape);

    /**
     * Returns torch's default for the weights and biases of linear and convolution layers, uniform in ±1/sqrt(fanIn)
     * (torch/nn/modules/linear.py, reset_parameters).
     *
     * @param fanIn the number of inputs of one output
     * @return the initializer
     */
    static Initializer uniform(long fanIn) {
        float bound = (float) (1 / Math.sqrt((double) fanIn));
        return (manager, shape) -> RandomTensors.uniform(manager, -bound, bound, shape);
    }

    /**
     * Returns a normal distribution around zero.
     *
     * @param deviation its standard deviation
     * @return the initializer
     */
    static Initializer normal(double deviation) {
        return (manager, shape) -> RandomTensors.normal(manager, (float) deviation, shape);
    }
}
