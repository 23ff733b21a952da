package dev.text2image.training.optim;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import org.junit.jupiter.api.Test;

class EMAModelTest {
    @Test
    @ShowsEffectOf("offload_ema")
    void anOffloadedAverageHasTheSameBits() {
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                EMAModel near = new EMAModel(unet.weights(), EMAModel.Options.defaults());
                EMAModel offloaded = new EMAModel(unet.weights(), EMAModel.Options.defaults(), true)) {
            for (int i = 0; i < 4; i++) {
                change(unet);
                assertThat(offloaded.step()).isEqualTo(near.step());
            }
            assertThat(offloaded.weights().device()).isEqualTo(Device.cpu());
            near.weights().tensors().forEach((name, tensor) -> {
                NDArray other = offloaded.weights().tensors().get(name);
                assertThat(other).isNotNull();
                assertThat(other.toFloatArray()).as(name).isEqualTo(tensor.toFloatArray());
            });
            NDArray trained = unet.weights().tensors().get("conv_in.weight");
            NDArray average = offloaded.weights().tensors().get("conv_in.weight");
            assertThat(trained).isNotNull();
            assertThat(average).isNotNull();
            assertThat(average.toFloatArray()).isNotEqualTo(trained.toFloatArray());
        }
    }

    private static void change(UNet2DConditionModel unet) {
        try (Autograd.Scope pause = Autograd.pause()) {
            unet.weights().tensors().values().forEach(tensor -> tensor.addi(0.1));
        }
    }
}
