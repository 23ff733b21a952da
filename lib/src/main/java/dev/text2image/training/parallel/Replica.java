package dev.text2image.training.parallel;

import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import java.util.List;

/**
 * The models of a run on one device.
 *
 * @param <B> what they take
 */
public interface Replica<B> extends AutoCloseable {
    /**
     * Returns the weights that are trained.
     *
     * @return at least one; as many as other replicas of the run have, with the same keys and shapes, and the same objects each time
     */
    List<Weights> weights();

    /**
     * Adds the gradients of a micro-batch to the weights; runs beside the other replicas, so that nothing may be drawn from libtorch's
     * generator.
     *
     * @param scratch owner of everything that is made on the way
     * @param batch the inputs, on the device of the weights
     * @param gradientScale what the gradients are multiplied by
     * @return the loss, the mean over the rows, not scaled
     */
    float backward(NDManager scratch, B batch, double gradientScale);

    @Override
    void close();
}
