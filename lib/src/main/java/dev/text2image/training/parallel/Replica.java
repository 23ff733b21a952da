package dev.text2image.training.parallel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import java.util.List;
import java.util.function.DoubleSupplier;

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
     * @return gives the loss, the mean over the rows, not scaled; to be asked once, and late: it waits until a GPU has computed it
     */
    DoubleSupplier backward(NDManager scratch, B batch, double gradientScale);

    /**
     * Keeps a loss until it is asked for.
     *
     * @param loss a tensor with one element
     * @param scratch the manager that {@link #backward} was given, whose parent owns the loss until then
     * @return gives the value, and frees the tensor
     */
    static DoubleSupplier later(NDArray loss, NDManager scratch) {
        NDArray value = Autograd.detach(loss);
        value.attach(scratch.getParentManager());
        return () -> {
            try (value) {
                return value.getFloat();
            }
        };
    }

    @Override
    void close();
}
