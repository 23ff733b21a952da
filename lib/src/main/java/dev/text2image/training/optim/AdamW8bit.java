package dev.text2image.training.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
 * AdamW whose moments take one byte for each number (Dettmers et al., 2022, "8-bit Optimizers via Block-wise Quantization"), with the
 * arithmetic of bitsandbytes' AdamW8bit.
 *
 * <p>Each block of {@value #BLOCK} numbers is divided by its largest absolute value, which is kept in float32, and rounded to a
 * {@link QuantizationMap}. A step makes float32 moments of one tensor at a time, so that the peak of memory is that of the largest tensor.
 * Tensors with fewer than {@value #MIN_SIZE} numbers keep float32 moments: they are small, and more of them are biases and norms.
 */
public final class AdamW8bit implements Optimizer {
    private static final int BLOCK = 256;
    private static final int MIN_SIZE = 4096;

    /** A moment in float32 has no largest values, and {@code read} and {@code write} leave it as it is. */
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def blocks(self, x: Tensor) -> Tensor:
              flat = torch.reshape(x, [-1])
              missing = torch.remainder(torch.neg(torch.numel(flat)), %1$d)
              if torch.eq(missing, 0):
                whole = flat
              else:
                whole = torch.constant_pad_nd(flat, [0, missing])
              return torch.reshape(whole, [-1, %1$d])
            def like(self, blocks: Tensor, x: Tensor) -> Tensor:
              flat = torch.slice(torch.reshape(blocks, [-1]), 0, 0, torch.numel(x))
              return torch.reshape(flat, torch.size(x))
            def read(self, state: Tensor, largest: Tensor, map: Tensor) -> Tensor:
              if torch.eq(torch.numel(largest), 0):
                moment = state
              else:
                found = torch.index_select(map, 0, torch.to(torch.reshape(state, [-1]), 3))
                scaled = torch.mul((self).blocks(found), torch.unsqueeze(largest, 1))
                moment = (self).like(scaled, state)
              return moment
            def write(self, moment: Tensor, state: Tensor, largest: Tensor, bounds: Tensor) -> Tensor:
              if torch.eq(torch.numel(largest), 0):
                written = state
              else:
                blocks = (self).blocks(moment)
                _0 = torch.copy_(largest, torch.amax(torch.abs(blocks), [1]))
                scaled = torch.div(blocks, torch.unsqueeze(torch.clamp(largest, 1.0e-38), 1))
                codes = torch.bucketize(scaled, bounds, out_int32=True)
                written = torch.copy_(state, (self).like(codes, state))
              return written
            def step(self, params: List[Tensor], grads: List[Tensor], m: List[Tensor], m_largest: List[Tensor], v: List[Tensor], v_largest: List[Tensor], maps: List[Tensor], scale: float, lr: float, beta1: float, beta2: float, correction1: float, correction2: float, decay: float, eps: float) -> List[Tensor]:
              for i in range(torch.len(params)):
                p = params[i]
                g = torch.mul(torch.to(grads[i], 6), scale)
                first = (self).read(m[i], m_largest[i], maps[0])
                second = (self).read(v[i], v_largest[i], maps[2])
                _1 = torch.add_(torch.mul_(first, beta1), g, alpha=torch.sub(1.0, beta1))
                _2 = torch.addcmul_(torch.mul_(second, beta2), g, g, value=torch.sub(1.0, beta2))
                denominator = torch.add_(torch.div(torch.sqrt(second), torch.sqrt(correction2)), eps)
                _3 = torch.mul_(p, torch.sub(1.0, torch.mul(lr, decay)))
                _4 = torch.addcdiv_(p, first, denominator, value=torch.neg(torch.div(lr, correction1)))
                _5 = (self).write(first, m[i], m_largest[i], maps[1])
                _6 = (self).write(second, v[i], v_largest[i], maps[3])
              return []
            """.formatted(BLOCK));

    private final NDManager manager;
    private final AdamW.Settings settings;
    private final Gradients gradients;
    private final Map<String, NDArray> state = new LinkedHashMap<>();
    private final NDArray count;
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final TensorList maps;

    /** Weights with the moments of their gradients. */
    private record Part(Weights weights, TensorList parameters, Moments first, Moments second)
            implements AutoCloseable {
        @Override
        public void close() {
            parameters.close();
            first.close();
            second.close();
        }
    }

    /** The moments of all tensors, and the largest absolute value of each of their blocks. */
    private record Moments(TensorList values, TensorList largest) implements AutoCloseable {
        @Override
        public void close() {
            values.close();
            largest.close();
        }
    }

    /**
     * Makes an optimizer.
     *
     * @param weights the weights, which are changed in place and must require gradients; each by what its keys begin with in the
     *     optimizer's state
     * @param settings the settings
     */
    public AdamW8bit(Map<String, Weights> weights, AdamW.Settings settings) {
        this.settings = settings;
        this.manager = Torch.newManager(Gradients.deviceOf(weights.values()));
        this.gradients = new Gradients(manager, weights.values());
        this.count = manager.zeros(new Shape());
        state.put("step", count);
        weights.forEach((prefix, some) -> {
            Map<String, NDArray> parameters = some.tensors();
            TensorList values = TensorList.of(List.copyOf(parameters.values()));
            Moments first = moments("exp_avg", prefix, parameters);
            parts.put(prefix, new Part(some, values, first, moments("exp_avg_sq", prefix, parameters)));
        });
        float[] signed = QuantizationMap.signed();
        float[] unsigned = QuantizationMap.unsigned();
        this.maps = TensorList.of(List.of(
                manager.create(signed),
                manager.create(QuantizationMap.bounds(signed)),
                manager.create(unsigned),
                manager.create(QuantizationMap.bounds(unsigned))));
    }

    /**
     * Makes an optimizer of one model.
     *
     * @param weights the weights, which are changed in place and must require gradients
     * @param settings the settings
     */
    public AdamW8bit(Weights weights, AdamW.Settings settings) {
        this(Map.of("", weights), settings);
    }

    private Moments moments(String moment, String prefix, Map<String, NDArray> parameters) {
        List<NDArray> values = new ArrayList<>();
        List<NDArray> largest = new ArrayList<>();
        parameters.forEach((name, tensor) -> {
            boolean quantized = tensor.size() >= MIN_SIZE;
            NDArray value = manager.zeros(tensor.getShape(), quantized ? DataType.UINT8 : DataType.FLOAT32);
            NDArray absmax = manager.zeros(new Shape(quantized ? (tensor.size() + BLOCK - 1) / BLOCK : 0));
            state.put(moment + "." + prefix + name, value);
            if (quantized) {
                state.put(moment + "_absmax." + prefix + name, absmax);
            }
            values.add(value);
            largest.add(absmax);
        });
        return new Moments(TensorList.of(values), TensorList.of(largest));
    }

    @Override
    public float gradientNorm(double lossScale) {
        return gradients.norm(lossScale);
    }

    @Override
    public void step(ToDoubleFunction<String> learningRates, float norm, double maxNorm, double lossScale) {
        double coefficient = Gradients.clipCoefficient(norm, maxNorm, lossScale);
        count.addi(1);
        double steps = count.getFloat();
        parts.forEach((prefix, part) -> step(part, learningRates.applyAsDouble(prefix), coefficient, steps));
        gradients.forget();
    }

    private void step(Part part, double learningRate, double coefficient, double steps) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager();
                TensorList list = TensorList.of(gradients.of(part.weights()))) {
            SCRIPT.call(
                    scratch,
                    "step",
                    part.parameters(),
                    list,
                    part.first().values(),
                    part.first().largest(),
                    part.second().values(),
                    part.second().largest(),
                    maps,
                    coefficient,
                    learningRate,
                    settings.beta1(),
                    settings.beta2(),
                    1 - Math.pow(settings.beta1(), steps),
                    1 - Math.pow(settings.beta2(), steps),
                    settings.weightDecay(),
                    settings.epsilon());
        }
    }

    @Override
    public void zeroGradients() {
        gradients.forget();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Moments of large tensors are uint8; {@code exp_avg_absmax.NAME} and {@code exp_avg_sq_absmax.NAME} hold the largest absolute
     * value of each of their blocks.
     */
    @Override
    public Map<String, NDArray> state() {
        return Collections.unmodifiableMap(state);
    }

    @Override
    public void close() {
        parts.values().forEach(Part::close);
        maps.close();
        manager.close();
    }
}
