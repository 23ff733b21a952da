package dev.text2image.nn.graph;

import ai.djl.ndarray.NDArray;

/** One training pass through a module: its output, and the way back. */
public interface ForwardPass extends AutoCloseable {
    /**
     * Returns the module's output, from which a loss is computed while recording.
     *
     * @return the output; valid until the pass is closed
     */
    NDArray output();

    /**
     * Adds the gradients of a loss to the module's weights and to those of its inputs that require gradients.
     *
     * @param loss a scalar computed from {@link #output}; may be called once
     */
    default void backward(NDArray loss) {
        backward(loss, 1);
    }

    /**
     * Adds scaled gradients of a loss, as for one of several micro-batches in an optimizer step.
     *
     * @param loss a scalar computed from {@link #output}; may be called once
     * @param scale what all gradients are multiplied by
     */
    void backward(NDArray loss, double scale);

    /** Frees what the pass stored. */
    @Override
    void close();
}
