package dev.text2image.nn.graph;

import static dev.text2image.testing.Fixtures.assertClose;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Parameter;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Conv2dTest {
    private static final int COPIES = 8;

    private static final class Network extends Module {
        private final Parameter weight;
        private final @Nullable Parameter bias;
        private final int stride;
        private final int padding;

        Network(int kernel, int stride, int padding, boolean withBias) {
            weight = parameter("weight", Initializer.uniform(4), 256, 4, kernel, kernel);
            bias = withBias ? parameter("bias", Initializer.uniform(4), 256) : null;
            this.stride = stride;
            this.padding = padding;
        }

        Tensor forward(Tensor x) {
            List<Integer> strides = List.of(stride, stride);
            List<Integer> paddings = List.of(padding, padding);
            return Trace.segment(
                    List.of(x),
                    in -> x.trace().affine("conv2d", in.get(0), weight, bias, strides, paddings, List.of(1, 1), 1));
        }
    }

    /** The output, then the gradients of the input and of the weights. */
    private static List<NDArray> pass(NDManager manager, Network network, Weights weights, NDArray source) {
        NDArray input = source.duplicate();
        Autograd.requireGradient(input, true);
        weights.requireGradients(true);
        List<NDArray> results = new ArrayList<>();
        try (CompiledModule compiled =
                        CompiledModule.compile(network, NumberFormats.FP32, 1, in -> network.forward(in.get(0)));
                Autograd.Scope recording = Autograd.record();
                ForwardPass pass = compiled.forward(manager, weights, Checkpointing.NONE, input)) {
            pass.backward(pass.output().square().sum());
            results.add(pass.output().duplicate());
            results.add(Objects.requireNonNull(Autograd.gradient(input)));
            weights.leaves()
                    .values()
                    .forEach(leaf -> results.add(
                            Objects.requireNonNull(Autograd.gradient(leaf)).duplicate()));
            results.forEach(result -> result.attach(manager));
        }
        return results;
    }

    /** Two small maps are one matrix product; with copies of them there are so many positions that oneDNN's way is taken. */
    @ParameterizedTest
    @CsvSource({"3,1,1,true", "3,2,1,true", "3,2,0,true", "1,1,0,true", "3,1,1,false"})
    void smallMapsGiveWhatManyGive(int kernel, int stride, int padding, boolean withBias) {
        Torch.seed(3);
        Network network = new Network(kernel, stride, padding, withBias);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Weights weights = Weights.initialize(network, Device.cpu(), Precision.FP32)) {
            NDArray maps = manager.randomNormal(new Shape(2, 4, 3, 5));
            List<NDArray> few = pass(manager, network, weights, maps);
            List<NDArray> many =
                    pass(manager, network, weights, NDArrays.concat(new NDList(Collections.nCopies(COPIES, maps))));
            for (int i = 0; i < 2; i++) {
                assertClose(few.get(i), many.get(i).get("0:2"), 1e-5);
            }
            for (int i = 2; i < few.size(); i++) {
                assertClose(few.get(i).mul(COPIES), many.get(i), 1e-5);
            }
        }
    }
}
