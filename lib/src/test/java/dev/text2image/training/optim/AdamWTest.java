package dev.text2image.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Scalars;
import dev.text2image.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AdamWTest {
    /** The formula in float64, with torch's placement of epsilon outside of the bias correction's square root. */
    private static double[] reference(double w, double[] gradients, double lr) {
        double m = 0;
        double v = 0;
        double[] path = new double[gradients.length];
        for (int i = 0; i < gradients.length; i++) {
            double t = i + 1;
            w -= lr * 0.01 * w;
            m = 0.9 * m + 0.1 * gradients[i];
            v = 0.999 * v + 0.001 * gradients[i] * gradients[i];
            w -= lr * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8);
            path[i] = w;
        }
        return path;
    }

    private static Weights weights(NDArray weight) {
        Weights weights = Weights.of(weight.getManager().newSubManager(), Map.of("w", weight));
        weights.requireGradients(true);
        return weights;
    }

    @Test
    @ShowsEffectOf({"learning_rate", "adam_beta1", "adam_beta2", "adam_weight_decay", "adam_epsilon"})
    void followsTheFormulaAndForgetsTheGradient() {
        double[] factors = {0.5, -2, 1e-6, 3};
        double[] expected = reference(1.5, factors, 0.1);
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray weight = manager.create(new float[] {1.5f});
            try (Weights weights = weights(weight);
                    AdamW optimizer = new AdamW(weights, AdamW.Settings.defaults())) {
                for (int i = 0; i < factors.length; i++) {
                    try (Autograd.Scope recording = Autograd.record()) {
                        NDArray leaf = Objects.requireNonNull(weights.leaves().get("w"));
                        Autograd.backward(Scalars.mul(leaf, factors[i]).sum());
                    }
                    float norm = optimizer.gradientNorm();
                    assertThat(norm).isEqualTo((float) Math.abs(factors[i]));
                    optimizer.step(0.1, norm, 1e9);
                    assertThat(weight.getFloat(0)).isCloseTo((float) expected[i], offset(1e-6f));
                    assertThatThrownBy(optimizer::gradientNorm)
                            .hasMessageContaining("0 of 1 parameters have a gradient");
                }
            }
        }
    }

    /** With more numbers than are changed at once, and with clipping. */
    @Test
    void gradientsOfHalfPrecisionCopiesChangeTheFloat32Weights() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            float[] copied = stepped(manager, Precision.BF16);
            assertThat(copied).hasSize(3).isEqualTo(stepped(manager, Precision.FP32));
            assertThat(copied).doesNotContain(0, 1, 2);
        }
    }

    /** The first of weights that are all 0, all 1 and all 2, after a step by a gradient of their own. */
    private static float[] stepped(NDManager manager, Precision leaves) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (int i = 0; i < 3; i++) {
            tensors.put("w" + i, manager.full(new Shape(1 << 23), (float) i));
        }
        try (Weights weights = Weights.of(manager.newSubManager(), tensors)) {
            weights.requireGradients(leaves);
            try (AdamW optimizer = new AdamW(weights, AdamW.Settings.defaults())) {
                int i = 0;
                for (NDArray leaf : weights.leaves().values()) {
                    try (Autograd.Scope recording = Autograd.record()) {
                        NDArray sum = leaf.sum();
                        Autograd.backward(sum, ++i);
                    }
                }
                optimizer.step(0.1, 8192, 1);
                return NDArrays.stack(new NDList(tensors.values())).get(":, 0").toFloatArray();
            }
        }
    }

    /** One sum of so many numbers in float32 is wrong in the third digit. */
    @Test
    void theNormOfALargeGradientIsExact() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            try (Weights weights = weights(manager.zeros(new Shape(4096, 4096)));
                    AdamW optimizer = new AdamW(weights, AdamW.Settings.defaults())) {
                NDArray leaf = Objects.requireNonNull(weights.leaves().get("w"));
                try (Autograd.Scope recording = Autograd.record()) {
                    Autograd.backward(leaf.sum(), 0.1);
                }
                assertThat(optimizer.gradientNorm()).isCloseTo(409.6f, offset(0.01f));
            }
        }
    }

    @Test
    void withoutGradientsAStepIsRefused() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            try (Weights weights = weights(manager.create(new float[] {1}));
                    AdamW optimizer = new AdamW(weights, AdamW.Settings.defaults())) {
                assertThatThrownBy(optimizer::gradientNorm).hasMessageContaining("0 of 1 parameters have a gradient");
            }
        }
    }
}
