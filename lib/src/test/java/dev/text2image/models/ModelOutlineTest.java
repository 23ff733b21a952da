package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.Activations;
import dev.text2image.testing.TinyPipeline;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models before they are loaded; the shapes are those of Stable Diffusion 1.5. */
class ModelOutlineTest {
    private static final ModelOutline<UNet2DConditionConfig> UNET =
            ModelOutline.unet(UNet2DConditionConfig.fromJson(fields("{\"cross_attention_dim\": 768}")));

    private static JsonFields fields(String json) {
        JsonObject object = JsonParser.parseString(json).getAsJsonObject();
        return JsonFields.of(Path.of("config.json"), object);
    }

    private static Activations unet(Precision precision, long batch, long edge) {
        return UNET.activations(
                NumberFormats.autocast(precision), new long[] {batch, 4, edge, edge}, new long[] {batch}, new long[] {
                    batch, 77, 768
                });
    }

    @Test
    void theLayersOfOneForwardPassHaveAsManyOutputsAsPublished() {
        assertThat(UNET.parameterCount()).isEqualTo(859_520_964L);
        assertThat(unet(Precision.FP32, 1, 64).layerOutputs() / 1e6).isCloseTo(316, within(0.5));
        assertThat(unet(Precision.BF16, 1, 64).layerOutputs())
                .isEqualTo(unet(Precision.FP32, 1, 64).layerOutputs());
    }

    @Test
    void memoryFollowsBatchPrecisionAndCheckpointing() {
        Activations one = unet(Precision.FP32, 1, 64);
        Activations four = unet(Precision.FP32, 4, 64);
        assertThat(one.checkpointed()).isLessThan(one.training() / 4);
        assertThat(one.inference()).isLessThan(one.checkpointed());
        assertThat((double) four.training() / one.training()).isCloseTo(4, within(0.05));
        assertThat(unet(Precision.FP32, 1, 32).training()).isLessThan(one.training() / 3);
        // One copy of all weights in bfloat16 stays until the way back; what images make shrinks.
        long perImage = unet(Precision.BF16, 5, 64).training()
                - unet(Precision.BF16, 4, 64).training();
        assertThat(perImage).isLessThan(one.training());
        assertThat(unet(Precision.BF16, 4, 64).training() - 4 * perImage)
                .isCloseTo(2 * UNET.parameterCount(), within(UNET.parameterCount() / 4));
    }

    @Test
    void theEncoderNeedsTheLargestFeatureMapsAtOnce() {
        var vae = ModelOutline.vae(AutoencoderKLConfig.fromJson(fields("{}")));
        long map = 128L * 512 * 512 * 4;
        assertThat(vae.activations(NumberFormats.FP32, new long[] {1, 3, 512, 512})
                        .inference())
                .isBetween(2 * map, 4 * map);
    }

    @Test
    void weightFilesAreCheckedByTheirHeaders(@TempDir Path directory) {
        Path fixture = TinyPipeline.fixture("unet");
        ModelOutline<UNet2DConditionConfig> right = ModelOutline.readUnet(fixture);
        right.checkWeights(fixture, null);
        ModelOptions options = ModelOptions.defaults().withDevice(Device.cpu());
        try (AutoencoderKL other = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), options)) {
            other.save(directory.resolve("unet"));
        }
        assertThatThrownBy(() -> right.checkWeights(directory.resolve("unet"), null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("tensors missing (")
                .hasMessageContaining("conv_in.weight");
        assertThatThrownBy(() -> right.checkWeights(fixture, "fp16"))
                .hasMessageContaining("looked for diffusion_pytorch_model.fp16.safetensors");
    }
}
