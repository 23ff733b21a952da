package dev.text2image.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gradients. libtorch starts every thread with recording on; {@link #record} and {@link #pause} choose it for a scope.
 *
 * <p>While recording, do not compute with plain numbers ({@code x.mul(2)}): DJL makes a tensor of the number on Java memory and
 * closes it at once, while the graph still refers to it. Use {@link #backward(NDArray, double)} to scale, and {@link TorchScript}
 * for more.
 *
 * <pre>{@code
 * try (var scope = Autograd.record()) {
 *     NDArray loss = ...;
 *     Autograd.backward(loss);
 * }
 * }</pre>
 */
public final class Autograd {
    /** DJL's own question is answered with yes for leaves only. */
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def if_required(self, x: Tensor) -> List[Tensor]:
              if ops.prim.requires_grad(x):
                found = [x]
              else:
                found = annotate(List[Tensor], [])
              return found
            def backward(self, outputs: List[Tensor], gradients: List[Tensor]) -> List[Tensor]:
              given = annotate(List[Optional[Tensor]], [])
              for i in range(torch.len(gradients)):
                _0 = torch.append(given, gradients[i])
              _1 = torch.backward(outputs, given)
              return []
            """);

    private Autograd() {}

    /** Restores the mode that was in force before it was opened. */
    public static final class Scope implements AutoCloseable {
        private final boolean before;

        private Scope(boolean mode) {
            before = JniUtils.isGradMode();
            JniUtils.setGradMode(mode);
        }

        @Override
        public void close() {
            JniUtils.setGradMode(before);
        }
    }

    /**
     * Records operations on this thread until the scope is closed.
     *
     * @return the scope
     */
    public static Scope record() {
        return new Scope(true);
    }

    /**
     * Stops recording on this thread until the scope is closed. libtorch starts every thread with recording on, so inference
     * code opens this scope instead of relying on the default.
     *
     * @return the scope
     */
    public static Scope pause() {
        return new Scope(false);
    }

    /**
     * Marks a tensor as one whose gradient is wanted, or no longer wanted.
     *
     * @param tensor a floating-point tensor that no operation made
     * @param required whether its gradient is wanted
     */
    public static void requireGradient(NDArray tensor, boolean required) {
        JniUtils.attachGradient(pt(tensor), required);
    }

    /**
     * Says whether a tensor takes part in gradients.
     *
     * @param tensor any tensor
     * @return true if it is a marked leaf or was computed from one while recording
     */
    public static boolean requiresGradient(NDArray tensor) {
        try (NDManager scratch = tensor.getManager().newSubManager()) {
            return !SCRIPT.call(scratch, "if_required", tensor).isEmpty();
        }
    }

    /**
     * Returns the same values without their history.
     *
     * @param tensor any tensor
     * @return a tensor that shares the data; attached to the same manager
     */
    public static NDArray detach(NDArray tensor) {
        return JniUtils.detachGradient(pt(tensor));
    }

    /**
     * Returns the gradient gathered in a leaf.
     *
     * @param leaf a leaf that requires a gradient
     * @return a handle that shares the gradient's data and is to be closed, or null if none was gathered
     */
    public static @Nullable NDArray gradient(NDArray leaf) {
        return JniUtils.getGradient(pt(leaf));
    }

    /**
     * Adds the gradients of a scalar to the leaves it was computed from.
     *
     * @param loss a tensor with one element
     */
    public static void backward(NDArray loss) {
        backward(loss, 1);
    }

    /**
     * Adds the scaled gradients of a scalar to the leaves it was computed from.
     *
     * @param loss a tensor with one element
     * @param scale what all gradients are multiplied by
     */
    public static void backward(NDArray loss, double scale) {
        try (NDArray scaled = Scalars.like(loss, scale)) {
            backward(loss, scaled);
        }
    }

    /**
     * Adds the gradients of a tensor, weighted by those of what was computed from it, to the leaves it was computed from.
     *
     * @param output a tensor of any shape
     * @param gradient the gradient with respect to {@code output}, of the same shape
     */
    public static void backward(NDArray output, NDArray gradient) {
        JniUtils.backward(pt(output), pt(gradient), false, false);
    }

    /**
     * Adds the gradients of several tensors at once, as is needed where they were computed from each other: a graph can be gone through
     * only once.
     *
     * @param outputs tensors of any shapes, computed while recording
     * @param gradients the gradient with respect to each of them
     */
    public static void backward(List<NDArray> outputs, List<NDArray> gradients) {
        if (outputs.isEmpty()) {
            return;
        }
        try (NDManager scratch = outputs.get(0).getManager().newSubManager();
                TensorList values = TensorList.of(outputs);
                TensorList weights = TensorList.of(gradients)) {
            SCRIPT.call(scratch, "backward", values, weights);
        }
    }

    private static PtNDArray pt(NDArray array) {
        return TensorList.pt(array);
    }
}
