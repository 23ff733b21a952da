package dev.text2image.nn.graph;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompiledModuleTest {
    /** The first two segments are recorded together under selective checkpointing, and one needs the other. */
    private static final class Network extends Module {
        private final Linear first = child("first", new Linear(4, 4, true));
        private final Linear second = child("second", new Linear(4, 4, false));
        private final LayerNorm norm = child("norm", new LayerNorm(4, 1e-5));

        Tensor forward(Tensor x) {
            Tensor a = Trace.segment(List.of(x), in -> first.forward(in.get(0)));
            Tensor b = Trace.segment(List.of(a), in -> Functional.silu(in.get(0)));
            Tensor c = Trace.largeSegment(List.of(a), in -> Functional.gelu(second.forward(in.get(0))));
            return Trace.segment(
                    List.of(b, c), in -> norm.forward(in.get(0).add(in.get(1))).toFloat32());
        }
    }

    /** The first value is used by two segments, so the third one is the first behind which something can be freed. */
    @Test
    void eachSegmentKnowsItsWeightsAndTheValuesThatNoLaterOneNeeds() {
        Network network = new Network();
        Trace trace = Trace.of(network, null, false, NumberFormats.FP32, 1, in -> network.forward(in.get(0)));
        assertThat(trace.segments())
                .extracting(segment -> trace.weights(segment).boxed().toList())
                .containsExactly(List.of(0, 1), List.of(), List.of(2), List.of(3, 4));
        assertThat(trace.segments())
                .extracting(segment -> trace.lastUsed(segment).toList())
                .containsExactly(List.of(), List.of(), List.of(1), List.of(2, 3));
    }

    private record Gradients(float loss, NDArray input, NDArray weight) {}

    private static Gradients gradients(NDManager manager, Precision precision, Checkpointing checkpointing) {
        Torch.seed(5);
        Network network = new Network();
        NDArray source = manager.randomNormal(new Shape(3, 4));
        Autograd.requireGradient(source, true);
        try (Weights weights = Weights.initialize(network, Device.cpu(), Precision.FP32);
                CompiledModule compiled = CompiledModule.compile(
                        network, NumberFormats.autocast(precision), 1, in -> network.forward(in.get(0)));
                Autograd.Scope recording = Autograd.record()) {
            weights.requireGradients(true);
            NDArray input = source.mul(
                    manager.full(new Shape(1), 2f)); // not a leaf, like text embeddings from a trained encoder
            try (ForwardPass pass = compiled.forward(manager, weights, checkpointing, input)) {
                NDArray loss =
                        pass.output().mul(manager.arange(12f).reshape(3, 4)).sum();
                pass.backward(loss);
                NDArray inputGradient = Autograd.gradient(source);
                NDArray weight = weights.leaves().get("first.weight");
                assertThat(weight).isNotNull();
                NDArray weightGradient = Autograd.gradient(weight);
                assertThat(inputGradient).isNotNull();
                assertThat(weightGradient).isNotNull();
                weightGradient.attach(manager);
                return new Gradients(loss.getFloat(), inputGradient, weightGradient);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void checkpointingGivesTheSameGradientsAlsoForWhatTheInputWasMadeFrom(Precision precision) {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Gradients plain = gradients(manager, precision, Checkpointing.NONE);
            for (Checkpointing kind : List.of(Checkpointing.SELECTIVE, Checkpointing.FULL)) {
                Gradients checkpointed = gradients(manager, precision, kind);
                assertThat(checkpointed.loss()).isEqualTo(plain.loss());
                assertClose(checkpointed.input(), plain.input(), 1e-6);
                assertClose(checkpointed.weight(), plain.weight(), 1e-6);
            }
        }
    }

    @Test
    void bfloat16DiffersFromFloat32ByItsRoundingOnly() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Gradients full = gradients(manager, Precision.FP32, Checkpointing.NONE);
            Gradients half = gradients(manager, Precision.BF16, Checkpointing.NONE);
            assertThat(half.loss()).isNotEqualTo(full.loss());
            assertClose(half.weight(), full.weight(), 5e-2);
        }
    }

    @Test
    void operationsOutsideOfASegmentAreRefused() {
        Network network = new Network();
        assertThatThrownBy(
                        () -> CompiledModule.compile(network, NumberFormats.FP32, 1, in -> Functional.silu(in.get(0))))
                .hasMessageContaining("must be inside a segment");
        assertThatThrownBy(() -> CompiledModule.compile(
                        network,
                        NumberFormats.FP32,
                        1,
                        in -> Trace.segment(in, outer -> Trace.segment(outer, inner -> inner.get(0)))))
                .hasMessageContaining("inside another one");
    }

    @Test
    void aParameterOfAnotherModuleIsRefused() {
        Linear stranger = new Linear(4, 4, true);
        assertThatThrownBy(() -> CompiledModule.compile(
                        new Network(),
                        NumberFormats.FP32,
                        1,
                        in -> Trace.segment(in, arguments -> stranger.forward(arguments.get(0)))))
                .hasMessageContaining("does not declare");
    }
}
