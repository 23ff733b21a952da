package dev.text2image.training.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.TorchScript;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The gradients that backward passes gather in the weights of an optimizer.
 *
 * <p>On a processor the norm of a large gradient is put together from those of its rows: libtorch sums up a whole tensor on one core and
 * in one float32 number, which is slow and loses digits (6e-4 of the norm at Stable Diffusion's size).
 */
public final class Gradients {
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
              whole = annotate(List[Tensor], [])
              norms = annotate(List[Tensor], [])
              for i in range(torch.len(grads)):
                g = grads[i]
                if torch.__or__(ops.prim.is_cuda(g), torch.__or__(torch.lt(torch.dim(g), 2), torch.lt(torch.numel(g), 65536))):
                  _0 = torch.append(whole, g)
                else:
                  _1 = torch.append(norms, torch.linalg_vector_norm(torch.flatten(g, 1), 2, [1], dtype=6))
              if torch.gt(torch.len(whole), 0):
                _2 = torch.append(norms, torch.stack(torch._foreach_norm(whole, 2, dtype=6)))
              else:
                pass
              return [torch.linalg_vector_norm(torch.cat(norms))]
            """);

    private final NDManager manager;
    private final List<Weights> weights;
    private final Map<TensorList, NDList> gathered = new HashMap<>();

    /**
     * Looks at the gradients of some weights.
     *
     * @param manager parent of what is made for a moment
     * @param weights weights that require gradients
     */
    Gradients(NDManager manager, Collection<Weights> weights) {
        this.manager = manager;
        this.weights = List.copyOf(weights);
    }

    /**
     * Returns where weights lie.
     *
     * @throws IllegalArgumentException if there are none
     */
    static Device deviceOf(Collection<Weights> weights) {
        return weights.stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There are no weights to optimize."))
                .device();
    }

    /**
     * Puts tensors of several models together.
     *
     * @param weights the weights by what their keys begin with
     * @param tensorsOf which tensors of the weights are meant
     * @return the tensors by key, in the order of the weights
     */
    public static Map<String, NDArray> named(
            Map<String, Weights> weights, Function<Weights, Map<String, NDArray>> tensorsOf) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        weights.forEach(
                (prefix, some) -> tensorsOf.apply(some).forEach((name, tensor) -> tensors.put(prefix + name, tensor)));
        return tensors;
    }

    /** What gradients are multiplied by to undo the loss scale and to clip, in float32 as torch does. */
    static double clipCoefficient(float norm, double maxNorm, double lossScale) {
        return Math.min(1f, (float) maxNorm / (norm + 1e-6f)) / lossScale;
    }

    /**
     * Returns the gradients of some of the weights, one for each parameter: those of the last {@link #norm}, so that they need not be
     * looked up while a GPU waits.
     *
     * @param some weights of those that were given
     * @return the gradients, in the order of the parameters; valid until they are forgotten
     * @throws IllegalStateException if a parameter has no gradient
     */
    NDList of(Weights some) {
        return gathered.computeIfAbsent(some.leafList(), leaves -> gather(some));
    }

    private NDList gather(Weights some) {
        NDList present = SCRIPT.call(manager, "present", some.leafList());
        int found = present.size();
        int size = some.tensors().size();
        if (found != size) {
            present.close();
            throw new IllegalStateException("Only " + found + " of " + size
                    + " parameters have a gradient; call backward on a loss that depends on all of them first.");
        }
        return present;
    }

    /** The L2 norm of all gradients together, without the loss scale. */
    float norm(double lossScale) {
        drop();
        try (NDManager scratch = manager.newSubManager();
                TensorList gradients = all()) {
            float scaled =
                    SCRIPT.call(scratch, "norm", gradients).singletonOrThrow().getFloat();
            return (float) (scaled / lossScale);
        }
    }

    private TensorList all() {
        var gradients = new NDList();
        weights.forEach(some -> gradients.addAll(of(some)));
        return TensorList.of(gradients);
    }

    /** Frees them. */
    void forget() {
        drop();
        weights.forEach(Weights::forgetGradients);
    }

    private void drop() {
        gathered.values().forEach(NDList::close);
        gathered.clear();
    }
}
