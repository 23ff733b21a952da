package dev.text2image.nn.graph;

import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Initializer;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank adapters of some layers of a network, LoRA (Hu et al., 2021; peft, tuners/lora/layer.py): a layer with an adapter gives
 * W·x + b + (alpha / rank) · B(A(dropout(x))).
 *
 * <p>The parameters of the adapter of {@code attn1.to_q} are {@code attn1.to_q.lora_A.weight} (rank, in) and
 * {@code attn1.to_q.lora_B.weight} (out, rank); those of a convolution (rank, in, k, k) and (out, rank, 1, 1). A starts normally
 * distributed with deviation 1 / rank, as peft's {@code init_lora_weights="gaussian"}, and B with zeros.
 */
public final class Adapters extends Module {
    private static final int CONVOLUTION = 4;

    private final Map<Parameter, Layer> byWeight = new HashMap<>();
    private final double dropout;

    /**
     * Declares adapters.
     *
     * @param network the network, whose own parameters stay as they are
     * @param layers the adapters by the name of their layer, a linear layer or a convolution
     * @param dropout share of the adapters' inputs that is left out while training, at least 0 and below 1
     * @throws IllegalArgumentException if the network has no such layer
     */
    public Adapters(Module network, Map<String, LowRank> layers, double dropout) {
        this.dropout = dropout;
        Map<String, Parameter> parameters = network.namedParameters();
        layers.forEach((name, size) -> {
            Parameter weight = parameters.get(name + ".weight");
            if (weight == null || weight.shape().dimension() < 2) {
                throw new IllegalArgumentException("The network has no linear layer or convolution " + name + ".");
            }
            byWeight.put(weight, child(name, new Layer(byWeight.size(), weight.shape(), size)));
        });
    }

    /** Whether passes with gradients draw random numbers. */
    boolean isRandom() {
        return dropout > 0;
    }

    /** Adds to a layer's output what its adapter gives, if it has one. */
    Tensor adapt(Tensor output, boolean training, String operation, Tensor x, Parameter weight, Object... settings) {
        Layer layer = byWeight.get(weight);
        if (layer == null) {
            return output;
        }
        Tensor input = training && dropout > 0 ? x.trace().dropout(x, dropout, layer.number) : x;
        return output.add(layer.forward(operation, input, settings));
    }

    private static final class Layer extends Module {
        private final int number;
        private final Parameter down;
        private final Parameter up;
        private final double scale;

        Layer(int number, Shape weight, LowRank size) {
            this.number = number;
            boolean convolution = weight.dimension() == CONVOLUTION;
            long[] in = weight.getShape().clone(); // the array itself is the shape
            in[0] = size.rank();
            long out = weight.get(0);
            long[] outer = convolution ? new long[] {out, size.rank(), 1, 1} : new long[] {out, size.rank()};
            down = parameter("lora_A.weight", Initializer.normal(1.0 / size.rank()), in);
            up = parameter("lora_B.weight", Initializer.ZEROS, outer);
            scale = size.scale();
        }

        Tensor forward(String operation, Tensor x, Object... settings) {
            Trace trace = x.trace();
            Tensor inner = trace.matrixWork(operation, x, down, null, settings);
            Tensor result = trace.matrixWork(operation, inner, up, null, pointwise(settings));
            return scale == 1 ? result : result.mul(scale);
        }

        /** A convolution's second part has 1 × 1 kernels, which have no settings. */
        private static @Nullable Object[] pointwise(Object... settings) {
            return settings.length == 0 ? settings : Conv2d.POINTWISE.toArray();
        }
    }
}
