package dev.text2image.training.optim;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the numbers of bitsandbytes 0.50.2, its reference in plain torch. */
class AdamW8bitTest {
    private static final List<String> NAMES = List.of("whole", "ragged", "small");
    private static final int STEPS = 5;
    private static final double RATE = 1e-2;

    @TempDir
    private Path directory;

    private NDManager manager;
    private Fixtures expected;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
        expected = new Fixtures(manager, "adamw8bit.safetensors");
    }

    @AfterEach
    void close() {
        expected.close();
        manager.close();
    }

    /** The weights of the fixture; their handles go with the manager of the test. */
    private Weights parameters() {
        Map<String, NDArray> parameters = new LinkedHashMap<>();
        NAMES.forEach(name -> parameters.put(name, expected.get("start." + name)));
        return weights(parameters);
    }

    private Weights weights(Map<String, NDArray> tensors) {
        Weights weights = Weights.of(manager.newSubManager(), tensors);
        weights.requireGradients(true);
        return weights;
    }

    /** Gives each parameter the gradient of the fixture, times a factor. */
    private void backward(Weights parameters, int step, double factor) {
        parameters.leaves().forEach((name, leaf) -> {
            try (Autograd.Scope recording = Autograd.record()) {
                NDArray loss =
                        leaf.mul(expected.get("gradient" + step + "." + name)).sum();
                Autograd.backward(loss, factor);
            }
        });
    }

    private void run(Optimizer optimizer, Weights parameters, int from, int to, double lossScale) {
        for (int step = from; step < to; step++) {
            backward(parameters, step, lossScale);
            optimizer.step(RATE, optimizer.gradientNorm(lossScale), Float.MAX_VALUE, lossScale);
        }
    }

    @Test
    void mapsAreThoseOfBitsandbytes() {
        compareMaps(QuantizationMap.signed(), expected.get("map.signed").toFloatArray());
        compareMaps(QuantizationMap.unsigned(), expected.get("map.unsigned").toFloatArray());
    }

    private static void compareMaps(float[] actual, float[] wanted) {
        assertThat(actual).hasSameSizeAs(wanted).isSorted();
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(wanted[i], Offset.offset(2.5e-7f * Math.abs(wanted[i])));
        }
    }

    @Test
    void stepsAreThoseOfBitsandbytes() {
        Weights parameters = parameters();
        try (AdamW8bit optimizer = new AdamW8bit(parameters, AdamW.Settings.defaults())) {
            run(optimizer, parameters, 0, STEPS, 1);
            parameters.tensors().forEach((name, tensor) -> compareWeights(tensor, expected.get("end." + name)));
            Map<String, NDArray> state = optimizer.state();
            for (String name : List.of("whole", "ragged")) {
                assertClose(state(state, "exp_avg_absmax." + name), expected.get("absmax1." + name), 1e-6);
                assertClose(state(state, "exp_avg_sq_absmax." + name), expected.get("absmax2." + name), 1e-6);
                compareCodes(state(state, "exp_avg." + name), expected.get("state1." + name));
                compareCodes(state(state, "exp_avg_sq." + name), expected.get("state2." + name));
            }
            assertClose(state(state, "exp_avg.small"), expected.get("state1.small"), 1e-6);
            assertClose(state(state, "exp_avg_sq.small"), expected.get("state2.small"), 1e-6);
        }
    }

    /** A number near the middle of two codes may be rounded to the other one; then its weight moves by a little of the learning rate. */
    private static void compareWeights(NDArray actual, NDArray wanted) {
        float[] a = actual.toFloatArray();
        float[] w = wanted.toFloatArray();
        int different = 0;
        for (int i = 0; i < w.length; i++) {
            assertThat((double) a[i]).isCloseTo(w[i], within(RATE / 2));
            different += Math.abs(a[i] - w[i]) > 1e-6 ? 1 : 0;
        }
        assertThat(different).isLessThanOrEqualTo(w.length / 1000);
    }

    private static void compareCodes(NDArray actual, NDArray wanted) {
        int[] a = actual.toType(DataType.INT32, false).toIntArray();
        int[] w = wanted.toType(DataType.INT32, false).toIntArray();
        int different = 0;
        for (int i = 0; i < w.length; i++) {
            different += a[i] != w[i] ? 1 : 0;
        }
        assertThat(different).isLessThanOrEqualTo(w.length / 1000);
    }

    private static NDArray state(Map<String, NDArray> state, String name) {
        NDArray found = state.get(name);
        assertThat(found).as(name).isNotNull();
        return found;
    }

    @Test
    void momentsOfLargeTensorsTakeOneByteAndTheirScalesOneSixtyFourth() {
        NDArray weight = manager.zeros(new Shape(1024, 1024));
        try (AdamW8bit optimizer = new AdamW8bit(weights(Map.of("w", weight)), AdamW.Settings.defaults())) {
            long bytes = optimizer.state().values().stream()
                    .mapToLong(tensor -> tensor.size() * tensor.getDataType().getNumOfBytes())
                    .sum();
            assertThat((double) bytes / weight.size()).isCloseTo(2 + 2 * 4.0 / 256, within(1e-4));
        }
    }

    @Test
    void aRunThatGoesOnFromSavedStateEndsWithTheSameBits() {
        Weights whole = parameters();
        try (AdamW8bit optimizer = new AdamW8bit(whole, AdamW.Settings.defaults())) {
            run(optimizer, whole, 0, STEPS, 1);
        }
        Weights halves = parameters();
        Path file = directory.resolve("optimizer.safetensors");
        try (AdamW8bit first = new AdamW8bit(halves, AdamW.Settings.defaults())) {
            run(first, halves, 0, 2, 1);
            SafeTensorsWriter.writeArrays(file, first.state());
        }
        try (AdamW8bit second = new AdamW8bit(halves, AdamW.Settings.defaults());
                SafeTensorsFile saved = SafeTensorsFile.open(file)) {
            assertThat(saved.tensors().keySet()).isEqualTo(second.state().keySet());
            second.state().forEach((name, tensor) -> saved.read(manager, name).copyTo(tensor));
            run(second, halves, 2, STEPS, 1);
        }
        whole.tensors()
                .forEach((name, tensor) -> assertThat(
                                state(halves.tensors(), name).toFloatArray())
                        .as(name)
                        .isEqualTo(tensor.toFloatArray()));
    }

    @Test
    void aLossScaleChangesNothing() {
        Weights plain = parameters();
        Weights scaled = parameters();
        try (AdamW8bit one = new AdamW8bit(plain, AdamW.Settings.defaults());
                AdamW8bit other = new AdamW8bit(scaled, AdamW.Settings.defaults())) {
            run(one, plain, 0, 3, 1);
            run(other, scaled, 0, 3, 65536);
        }
        // A power of two is divided out without rounding.
        plain.tensors()
                .forEach((name, tensor) -> assertThat(
                                state(scaled.tensors(), name).toFloatArray())
                        .as(name)
                        .isEqualTo(tensor.toFloatArray()));
    }
}
