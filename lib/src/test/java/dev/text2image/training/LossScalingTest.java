package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.GradScaler;
import dev.text2image.training.optim.Optimizer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A UNet in float16 with a scaled loss. */
class LossScalingTest {
    private NDManager manager;
    private UNet2DConditionModel unet;
    private Fixtures data;
    private Optimizer optimizer;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
        unet = UNet2DConditionModel.fromPretrained(
                TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS.withPrecision(Precision.FP16));
        unet.weights().requireGradients(true);
        data = new Fixtures(manager, "tiny-sd1.safetensors");
        optimizer = new AdamW(unet.weights(), AdamW.Settings.defaults());
    }

    @AfterEach
    void close() {
        optimizer.close();
        data.close();
        unet.close();
        manager.close();
    }

    private void backward(double lossScale) {
        try (NDManager scratch = manager.newSubManager();
                Autograd.Scope recording = Autograd.record();
                ForwardPass pass = unet.train(
                        scratch,
                        data.get("unet.square.sample"),
                        data.get("unet.square.timesteps"),
                        data.get("unet.square.encoder_hidden_states"),
                        Checkpointing.NONE)) {
            NDArray loss =
                    pass.output().sub(data.get("gradient.target")).square().mean();
            pass.backward(loss, lossScale);
        }
    }

    @Test
    void theNormIsThatOfTheGradientsWithoutTheScale() {
        double squares = unet.weights().tensors().keySet().stream()
                .mapToDouble(name -> data.get("gradient.norm." + name).getFloat())
                .map(norm -> norm * norm)
                .sum();
        backward(1024);
        assertThat((double) optimizer.gradientNorm(1024))
                .isCloseTo(Math.sqrt(squares), within(0.01 * Math.sqrt(squares)));
    }

    @Test
    void afterAnOverflowTheScaleFallsUntilTheGradientsFit() {
        GradScaler scaler = new GradScaler(0x1p30, 2, 0x1p-4, 2000, 0);
        int skipped = 0;
        float norm = Float.POSITIVE_INFINITY;
        while (!Float.isFinite(norm)) {
            backward(scaler.scale());
            norm = optimizer.gradientNorm(scaler.scale());
            if (Float.isFinite(norm)) {
                optimizer.step(1e-3, norm, 1, scaler.scale());
            } else {
                skipped++;
                optimizer.zeroGradients();
            }
            scaler = scaler.update(!Float.isFinite(norm));
        }
        assertThat(skipped).isBetween(1, 7);
        assertThat(scaler.scale()).isLessThan(0x1p30);
        assertThat(unet.weights().tensors().values())
                .allSatisfy(
                        tensor -> assertThat(tensor.isNaN().any().getBoolean()).isFalse());
    }
}
