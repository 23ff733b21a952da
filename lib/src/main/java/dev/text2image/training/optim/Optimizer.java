package dev.text2image.training.optim;

import ai.djl.ndarray.NDArray;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What changes tensors by their gradients.
 *
 * <p>Under float16 the gradients are those of a loss that {@link GradScaler} has scaled up. Nothing else has to know: the scale is
 * divided out of the norm here and of the gradients in the same pass that clips them.
 *
 * <pre>{@code
 * float norm = optimizer.gradientNorm(scaler.scale());
 * if (Float.isFinite(norm)) {
 *     optimizer.step(learningRate, norm, maxNorm, scaler.scale());
 * } else {
 *     optimizer.zeroGradients();
 * }
 * scaler.update(!Float.isFinite(norm));
 * }</pre>
 */
public interface Optimizer extends AutoCloseable {
    /**
     * Computes the L2 norm of all gradients together.
     *
     * @param lossScale what the loss was multiplied by before the backward pass; the norm is that of the gradients without it
     * @return the norm; infinite or not a number if and only if a gradient is, or their squares overflow float32
     * @throws IllegalStateException if a parameter has no gradient
     */
    float gradientNorm(double lossScale);

    /**
     * Computes the L2 norm of all gradients of a loss that was not scaled.
     *
     * @return as {@link #gradientNorm(double)}
     */
    default float gradientNorm() {
        return gradientNorm(1);
    }

    /**
     * Changes the parameters by their gradients, clipped to a norm, and frees the gradients.
     *
     * @param learningRates the learning rate of this step by what the keys of weights begin with in {@link #state}
     * @param norm the gradients' norm, from {@link #gradientNorm(double)} with the same scale; finite
     * @param maxNorm the largest norm allowed; larger gradients are scaled by maxNorm / (norm + 1e-6), as
     *     torch.nn.utils.clip_grad_norm_ does
     * @param lossScale what the loss was multiplied by before the backward pass
     * @throws IllegalStateException if a parameter has no gradient
     */
    void step(ToDoubleFunction<String> learningRates, float norm, double maxNorm, double lossScale);

    /**
     * Changes all parameters at the same rate.
     *
     * @param learningRate the learning rate of this step
     * @param norm as {@link #step(ToDoubleFunction, float, double, double)}
     * @param maxNorm as there
     * @param lossScale as there
     */
    default void step(double learningRate, float norm, double maxNorm, double lossScale) {
        step(prefix -> learningRate, norm, maxNorm, lossScale);
    }

    /**
     * Changes all parameters at the same rate by the gradients of a loss that was not scaled.
     *
     * @param learningRate the learning rate of this step
     * @param norm as {@link #step(ToDoubleFunction, float, double, double)}
     * @param maxNorm as there
     */
    default void step(double learningRate, float norm, double maxNorm) {
        step(learningRate, norm, maxNorm, 1);
    }

    /** Frees the gradients without a step, as after a loss that was not finite. */
    void zeroGradients();

    /**
     * Returns the optimizer's memory, to be saved in a checkpoint and to be copied back into when a run goes on.
     *
     * @return {@code step}, {@code exp_avg.NAME} and {@code exp_avg_sq.NAME} for each parameter, and what an implementation adds to
     *     them; the tensors are owned by the optimizer
     */
    Map<String, NDArray> state();

    /**
     * Writes the state.
     *
     * @param file the safetensors file
     */
    default void write(Path file) {
        SafeTensorsWriter.writeArrays(file, state());
    }

    /**
     * Goes on from a state that was written.
     *
     * @param file the file of {@link #write}
     * @throws dev.text2image.io.InvalidInputException if it lacks a tensor
     */
    default void read(Path file) {
        try (SafeTensorsFile saved = SafeTensorsFile.open(file)) {
            state().forEach((name, tensor) -> {
                try (NDArray value = saved.read(tensor.getManager(), name)) {
                    value.copyTo(tensor);
                }
            });
        }
    }

    @Override
    void close();
}
