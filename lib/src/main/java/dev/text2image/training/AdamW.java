package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with torch's arithmetic.
 *
 * <p>One step over all tensors is one native call: multi-tensor norm, clipping, fused update and zeroing of the gradients.
 */
public final class AdamW implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def grads(self, params: List[Tensor]) -> List[Tensor]:
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
            def step(self, params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], count: Tensor, scale: float, lr: float, beta1: float, beta2: float, decay: float, eps: float) -> List[Tensor]:
              _0 = torch._foreach_mul_(grads, scale)
              _1 = torch.add_(count, 1)
              counts = annotate(List[Tensor], [])
              for i in range(torch.len(params)):
                _2 = torch.append(counts, count)
              _3 = torch._fused_adamw_(params, grads, m, v, annotate(List[Tensor], []), counts, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
              return []
            def zero(self, grads: List[Tensor]) -> List[Tensor]:
              _0 = torch._foreach_zero_(grads)
              return []
            """);

    private final NDManager manager;
    private final Settings settings;
    private final List<String> names;
    private final TensorList parameters;
    private final int size;
    private final Map<String, NDArray> state = new LinkedHashMap<>();
    private final NDArray count;
    private final TensorList firstMoments;
    private final TensorList secondMoments;

    /**
     * What does not change from step to step.
     *
     * @param beta1 decay of the mean of the gradients, in [0, 1)
     * @param beta2 decay of the mean of their squares, in [0, 1)
     * @param weightDecay fraction of the learning rate by which all weights shrink
     * @param epsilon added to the denominator
     */
    public record Settings(double beta1, double beta2, double weightDecay, double epsilon) {
        /**
         * Returns the defaults of diffusers' training scripts.
         *
         * @return 0.9, 0.999, 0.01, 1e-8
         */
        public static Settings defaults() {
            return new Settings(0.9, 0.999, 1e-2, 1e-8);
        }
    }

    /**
     * Makes an optimizer.
     *
     * @param parameters float32 tensors by name, which are changed in place; they must require gradients
     * @param settings the settings
     */
    public AdamW(Map<String, NDArray> parameters, Settings settings) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("There are no parameters to optimize.");
        }
        this.settings = settings;
        this.names = List.copyOf(parameters.keySet());
        List<NDArray> tensors = List.copyOf(parameters.values());
        Device device = tensors.get(0).getDevice();
        this.manager = Torch.newManager(device);
        this.parameters = TensorList.of(tensors);
        this.size = tensors.size();
        this.count = manager.zeros(new Shape());
        this.firstMoments = moments("exp_avg.", tensors);
        this.secondMoments = moments("exp_avg_sq.", tensors);
        state.put("step", count);
    }

    private TensorList moments(String prefix, List<NDArray> tensors) {
        List<NDArray> moments = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            NDArray moment = manager.zeros(tensors.get(i).getShape());
            state.put(prefix + names.get(i), moment);
            moments.add(moment);
        }
        return TensorList.of(moments);
    }

    /**
     * Computes the L2 norm of all gradients together.
     *
     * @return the norm
     * @throws IllegalStateException if a parameter has no gradient
     */
    public float gradientNorm() {
        try (NDManager scratch = manager.newSubManager();
                TensorList gradients = gradients(scratch)) {
            return SCRIPT.call(scratch, "norm", gradients).singletonOrThrow().getFloat();
        }
    }

    /**
     * Changes the parameters by their gradients, clipped to a norm, and sets the gradients to zero.
     *
     * @param learningRate the learning rate of this step
     * @param norm the gradients' norm, from {@link #gradientNorm}
     * @param maxNorm the largest norm allowed; larger gradients are scaled by maxNorm / (norm + 1e-6), as
     *     torch.nn.utils.clip_grad_norm_ does
     */
    public void step(double learningRate, float norm, double maxNorm) {
        float coefficient = Math.min(1f, (float) maxNorm / (norm + 1e-6f));
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager();
                TensorList gradients = gradients(scratch)) {
            SCRIPT.call(
                    scratch,
                    "step",
                    parameters,
                    gradients,
                    firstMoments,
                    secondMoments,
                    count,
                    (double) coefficient,
                    learningRate,
                    settings.beta1(),
                    settings.beta2(),
                    settings.weightDecay(),
                    settings.epsilon());
            SCRIPT.call(scratch, "zero", gradients);
        }
    }

    /** Sets the gradients to zero without a step, as after a loss that was not finite; those that are missing stay so. */
    public void zeroGradients() {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager()) {
            NDList present = SCRIPT.call(scratch, "grads", parameters);
            if (!present.isEmpty()) {
                try (TensorList gradients = TensorList.of(present)) {
                    SCRIPT.call(scratch, "zero", gradients);
                }
            }
        }
    }

    private TensorList gradients(NDManager scratch) {
        NDList gradients = SCRIPT.call(scratch, "grads", parameters);
        if (gradients.size() != size) {
            throw new IllegalStateException("Only " + gradients.size() + " of " + size
                    + " parameters have a gradient; call backward on a loss that depends on all of them first.");
        }
        return TensorList.of(gradients);
    }

    /**
     * Returns the optimizer's memory, to be saved in a checkpoint.
     *
     * @return {@code step}, {@code exp_avg.NAME} and {@code exp_avg_sq.NAME}; owned by the optimizer
     */
    public Map<String, NDArray> state() {
        return Collections.unmodifiableMap(state);
    }

    @Override
    public void close() {
        parameters.close();
        firstMoments.close();
        secondMoments.close();
        manager.close();
    }
}
