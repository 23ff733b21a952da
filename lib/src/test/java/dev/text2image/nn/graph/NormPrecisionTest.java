package dev.text2image.nn.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Norms between layers of lower precision have the bits of norms in float32, on every processor. */
class NormPrecisionTest {
    private static final class Network extends Module {
        private final Linear linear = child("linear", new Linear(16, 16, true));
        private final LayerNorm layerNorm = child("layer_norm", new LayerNorm(16, 1e-5));
        private final GroupNorm groupNorm = child("group_norm", new GroupNorm(2, 8, 1e-5));

        Tensor linear(Tensor x) {
            return linear.forward(x);
        }
    }

    private interface Code {
        Tensor apply(Network network, Tensor x);
    }

    private static NDArray run(
            NDManager manager, Network network, Weights weights, Precision precision, NDArray input, Code code) {
        try (CompiledModule compiled = CompiledModule.compile(
                network,
                NumberFormats.autocast(precision),
                1,
                in -> Trace.segment(in, x -> code.apply(network, x.get(0)).toFloat32()))) {
            return compiled.run(manager, weights, input);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16", "FP16"})
    void normsAreComputedInFloat32(Precision precision) {
        Torch.seed(3);
        Network network = new Network();
        try (NDManager manager = Torch.newManager(Device.cpu());
                Weights weights = Weights.initialize(network, Device.cpu(), Precision.FP32)) {
            NDArray input = manager.randomNormal(new Shape(2, 8, 16));
            NDArray linear = run(manager, network, weights, precision, input, Network::linear);
            List<Code> norms = List.of((n, x) -> n.layerNorm.forward(x), (n, x) -> n.groupNorm.forward(x));
            for (Code norm : norms) {
                NDArray whole = run(manager, network, weights, precision, input, (n, x) -> norm.apply(n, n.linear(x)));
                NDArray wanted = run(manager, network, weights, Precision.FP32, linear, norm);
                assertThat(whole.toFloatArray()).containsExactly(wanted.toFloatArray());
            }
        }
    }
}
