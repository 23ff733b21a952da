package dev.text2image.training.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with torch's arithmetic.
 *
 * <p>One step over all tensors of a model is one native call, or a few for gradients in half precision: scaling, clipping and the fused update.
 */
public final class AdamW implements Optimizer {
    private static final long HALF_NUMBERS_AT_ONCE = 1 << 24;

    private static final TorchScript SCRIPT = TorchScript.compile("""
            def step(self, params: List[Tensor], grads: List[Tensor], first: int, m: List[Tensor], v: List[Tensor], count: Tensor, scale: float, lr: float, beta1: float, beta2: float, decay: float, eps: float) -> List[Tensor]:
              full = annotate(List[Tensor], [])
              counts = annotate(List[Tensor], [])
              for i in range(torch.len(params)):
                _0 = torch.append(full, torch.to(grads[torch.add(first, i)], 6))
                _1 = torch.append(counts, count)
              divisor = annotate(Optional[Tensor], None)
              if torch.ne(scale, 1.):
                divisor = torch.full([], torch.div(1., scale), dtype=6, device=ops.prim.device(params[0]))
              else:
                pass
              _2 = torch._fused_adamw_(params, full, m, v, annotate(List[Tensor], []), counts, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=divisor)
              return []
            """);

    private final NDManager manager;
    private final Settings settings;
    private final Gradients gradients;
    private final Map<String, NDArray> state = new LinkedHashMap<>();
    private final NDArray count;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    /** Weights with the moments of their gradients, in groups that are changed one after the other. */
    private record Part(Weights weights, List<Group> groups) implements AutoCloseable {
        @Override
        public void close() {
            groups.forEach(Group::close);
        }
    }

    /** Tensors that are changed at once, from the one with a number on. */
    private record Group(long first, TensorList parameters, TensorList firstMoments, TensorList secondMoments)
            implements AutoCloseable {
        @Override
        public void close() {
            parameters.close();
            firstMoments.close();
            secondMoments.close();
        }
    }

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
     * @param weights the weights, which are changed in place and must require gradients; each by what its keys begin with in the
     *     optimizer's state
     * @param settings the settings
     */
    public AdamW(Map<String, Weights> weights, Settings settings) {
        this.settings = settings;
        this.manager = Torch.newManager(Gradients.deviceOf(weights.values()));
        this.gradients = new Gradients(manager, weights.values());
        this.count = manager.zeros(new Shape());
        weights.forEach((prefix, some) -> {
            List<NDArray> parameters = List.copyOf(some.tensors().values());
            List<NDArray> first = moments("exp_avg." + prefix, some.tensors());
            List<NDArray> second = moments("exp_avg_sq." + prefix, some.tensors());
            parts.put(prefix, new Part(some, groups(some.leafFormat(), parameters, first, second)));
        });
        state.put("step", count);
    }

    /**
     * Makes an optimizer of one model.
     *
     * @param weights the weights, which are changed in place and must require gradients
     * @param settings the settings
     */
    public AdamW(Weights weights, Settings settings) {
        this(Map.of("", weights), settings);
    }

    private List<NDArray> moments(String prefix, Map<String, NDArray> parameters) {
        List<NDArray> moments = new ArrayList<>();
        parameters.forEach((name, tensor) -> {
            NDArray moment = manager.zeros(tensor.getShape());
            state.put(prefix + name, moment);
            moments.add(moment);
        });
        return moments;
    }

    /** Gradients in half precision become float32 a few tensors at a time, so that there is never a float32 copy of all of them. */
    private static List<Group> groups(
            Precision gradients, List<NDArray> parameters, List<NDArray> first, List<NDArray> second) {
        long most = gradients == Precision.FP32 ? Long.MAX_VALUE : HALF_NUMBERS_AT_ONCE;
        List<Group> groups = new ArrayList<>();
        int to = 0;
        for (int from = 0; from < parameters.size(); from = to) {
            long numbers = 0;
            do {
                numbers += parameters.get(to++).size();
            } while (to < parameters.size() && numbers + parameters.get(to).size() <= most);
            groups.add(new Group(
                    from,
                    TensorList.of(parameters.subList(from, to)),
                    TensorList.of(first.subList(from, to)),
                    TensorList.of(second.subList(from, to))));
        }
        return groups;
    }

    @Override
    public float gradientNorm(double lossScale) {
        return gradients.norm(lossScale);
    }

    @Override
    public void step(ToDoubleFunction<String> learningRates, float norm, double maxNorm, double lossScale) {
        double coefficient = Gradients.clipCoefficient(norm, maxNorm, lossScale);
        count.addi(1); // before the update, which takes the number of this step
        parts.forEach((prefix, part) -> step(part, learningRates.applyAsDouble(prefix), coefficient));
        gradients.forget();
    }

    private void step(Part part, double learningRate, double coefficient) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager();
                TensorList list = TensorList.of(gradients.of(part.weights()))) {
            for (Group group : part.groups()) {
                SCRIPT.call(
                        scratch,
                        "step",
                        group.parameters(),
                        list,
                        group.first(),
                        group.firstMoments(),
                        group.secondMoments(),
                        count,
                        coefficient,
                        learningRate,
                        settings.beta1(),
                        settings.beta2(),
                        settings.weightDecay(),
                        settings.epsilon());
            }
        }
    }

    @Override
    public void zeroGradients() {
        gradients.forget();
    }

    @Override
    public Map<String, NDArray> state() {
        return Collections.unmodifiableMap(state);
    }

    @Override
    public void close() {
        parts.values().forEach(Part::close);
        manager.close();
    }
}
