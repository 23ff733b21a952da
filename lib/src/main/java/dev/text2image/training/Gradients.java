package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.TorchScript;
import java.util.List;

/** The gradients that backward passes gather in the tensors of an optimizer. */
final class Gradients implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def present(self, params: List[Tensor]) -> List[Tensor]:
              found = annotate(List[Tensor], [])
              for i in range(torch.len(params)):
                g = ops.prim.grad(params[i])
                if torch.__isnot__(g, None):
                  _0 = torch.append(found, unchecked_cast(Tensor, g))
                else:
                  pass
              return found
            def norm(self, grads: List[Tensor]) -> List[Tensor]:
              return [torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads)))]
            def zero(self, grads: List[Tensor]) -> List[Tensor]:
              _0 = torch._foreach_zero_(grads)
              return []
            """);

    private final NDManager manager;
    private final TensorList parameters;
    private final int size;

    /**
     * Looks at the gradients of some tensors.
     *
     * @param manager parent of what is made for a moment
     * @param parameters leaves that require gradients
     */
    Gradients(NDManager manager, List<NDArray> parameters) {
        this.manager = manager;
        this.parameters = TensorList.of(parameters);
        this.size = parameters.size();
    }

    /**
     * Returns where tensors lie.
     *
     * @throws IllegalArgumentException if there are none
     */
    static Device deviceOf(List<NDArray> parameters) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("There are no parameters to optimize.");
        }
        return parameters.get(0).getDevice();
    }

    /** What gradients are multiplied by to undo the loss scale and to clip, in float32 as torch does. */
    static double coefficient(float norm, double maxNorm, double lossScale) {
        return Math.min(1f, (float) maxNorm / (norm + 1e-6f)) / lossScale;
    }

    /** The tensors that the gradients belong to. */
    TensorList parameters() {
        return parameters;
    }

    /**
     * Returns the gradients, one for each parameter.
     *
     * @param scratch owner of the handles
     * @return the list, to be closed by the caller
     * @throws IllegalStateException if a parameter has no gradient
     */
    TensorList list(NDManager scratch) {
        NDList present = SCRIPT.call(scratch, "present", parameters);
        if (present.size() != size) {
            throw new IllegalStateException("Only " + present.size() + " of " + size
                    + " parameters have a gradient; call backward on a loss that depends on all of them first.");
        }
        return TensorList.of(present);
    }

    /** The L2 norm of all gradients together, without the loss scale. */
    float norm(double lossScale) {
        try (NDManager scratch = manager.newSubManager();
                TensorList gradients = list(scratch)) {
            float scaled =
                    SCRIPT.call(scratch, "norm", gradients).singletonOrThrow().getFloat();
            return (float) (scaled / lossScale);
        }
    }

    /** Sets the gradients to zero; those that are missing stay so. */
    void zero() {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager()) {
            NDList present = SCRIPT.call(scratch, "present", parameters);
            if (!present.isEmpty()) {
                try (TensorList gradients = TensorList.of(present)) {
                    SCRIPT.call(scratch, "zero", gradients);
                }
            }
        }
    }

    @Override
    public void close() {
        parameters.close();
    }
}
