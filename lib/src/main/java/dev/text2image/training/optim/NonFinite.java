package dev.text2image.training.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.InvalidInputException;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.TorchScript;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the tensor in which numbers went wrong: infinite, or not a number. All tensors are looked at in one native call. */
public final class NonFinite {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def largest(self, tensors: List[Tensor], order: float) -> List[Tensor]:
              return [torch.to(torch.stack(torch._foreach_norm(tensors, order)), 6)]
            def largest_gradients(self, params: List[Tensor], order: float) -> List[Tensor]:
              grads = annotate(List[Tensor], [])
              for i in range(torch.len(params)):
                g = ops.prim.grad(params[i])
                if torch.__isnot__(g, None):
                  _0 = torch.append(grads, unchecked_cast(Tensor, g))
                else:
                  _1 = torch.append(grads, torch.new_zeros(params[i], [1]))
              return (self).largest(grads, order)
            """);

    private NonFinite() {}

    /**
     * Finds the first tensor with a number that is not finite.
     *
     * @param tensors float32 tensors by name, on one device
     * @return its name, empty if all numbers are finite
     */
    static Optional<String> first(Map<String, NDArray> tensors) {
        return first("largest", tensors);
    }

    /**
     * Finds the first parameter whose gradient has a number that is not finite; one without a gradient has none.
     *
     * @param parameters leaves by name, on one device
     * @return its name, empty if all gradients are finite
     */
    static Optional<String> firstGradient(Map<String, NDArray> parameters) {
        return first("largest_gradients", parameters);
    }

    /**
     * Finds where numbers went wrong in a step: in the first such weight, whose gradients cannot be finite either, or in the first such
     * gradient.
     *
     * @param parameters leaves by name, on one device
     * @return for example weight conv_in.bias or gradient of conv_in.bias; empty if all are finite
     */
    public static Optional<String> firstPlace(Map<String, NDArray> parameters) {
        return first(parameters)
                .map("weight "::concat)
                .or(() -> firstGradient(parameters).map("gradient of "::concat));
    }

    /**
     * Checks weights before they are written.
     *
     * @param tensors float32 tensors by name, on one device
     * @throws InvalidInputException naming the first tensor that has a number that is not finite
     */
    public static void check(Map<String, NDArray> tensors) {
        first(tensors).ifPresent(name -> {
            throw new InvalidInputException("The weights are not written, as '" + name
                    + "' has numbers that are infinite or not a number; lower learning_rate, and resume from the last"
                    + " checkpoint.");
        });
    }

    private static Optional<String> first(String method, Map<String, NDArray> tensors) {
        List<String> names = List.copyOf(tensors.keySet());
        if (names.isEmpty()) {
            return Optional.empty();
        }
        List<NDArray> values = List.copyOf(tensors.values());
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = values.get(0).getManager().newSubManager();
                TensorList list = TensorList.of(values)) {
            // The norm of infinite order is the largest absolute value; unlike a sum it cannot overflow.
            float[] largest = SCRIPT.call(scratch, method, list, Double.POSITIVE_INFINITY)
                    .singletonOrThrow()
                    .toFloatArray();
            for (int i = 0; i < largest.length; i++) {
                if (!Float.isFinite(largest[i])) {
                    return Optional.of(names.get(i));
                }
            }
            return Optional.empty();
        }
    }
}
