package dev.text2image.lora;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.PretrainedModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that diffusers and peft wrote change the models as they do there. */
class LoraFilesParityTest {
    private static final Path FILES = Fixtures.DIRECTORY.resolve("lora");
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({
        "diffusers, sd1, DIFFUSERS",
        "diffusers-metadata, sd1, DIFFUSERS",
        "old-diffusers, sd1, OLD_DIFFUSERS",
        "unet-adapter, sd1, PEFT",
        "peft-unet, sd1, PEFT",
        "peft-text, sd1, PEFT",
        "kohya, sd1, KOHYA",
        "kohya-locon, sd1, KOHYA",
        "kohya-sd2, sd2, KOHYA"
    })
    void aFileChangesTheModelsAsInPython(String name, String model, LoraFormat format) {
        Path file = FILES.resolve(name + ".safetensors");
        LoraFile lora = LoraFile.open(Files.exists(file) ? file : FILES.resolve(name));
        assertThat(lora.format()).isEqualTo(format);
        Path pipeline = Fixtures.DIRECTORY.resolve("tiny-" + model);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures inputs = new Fixtures(manager, "tiny-" + model + ".safetensors");
                Fixtures expected = new Fixtures(manager, "lora/expected.safetensors");
                UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(pipeline.resolve("unet"), TinyPipeline.OPTIONS);
                CLIPTextModel text =
                        CLIPTextModel.fromPretrained(pipeline.resolve("text_encoder"), TinyPipeline.OPTIONS)) {
            assertThat(lora.components().contains(LoraComponent.UNET))
                    .isEqualTo(expected.names().contains(name + ".unet"));
            if (lora.components().contains(LoraComponent.UNET)) {
                assertClose(predict(lora, unet, inputs), expected.get(name + ".unet"), TOLERANCE);
            }
            assertThat(lora.components().contains(LoraComponent.TEXT_ENCODER))
                    .isEqualTo(expected.names().contains(name + ".text"));
            if (lora.components().contains(LoraComponent.TEXT_ENCODER)) {
                assertClose(encode(lora, text, inputs), expected.get(name + ".text"), TOLERANCE);
            }
        }
    }

    private static NDArray predict(LoraFile lora, UNet2DConditionModel unet, Fixtures inputs) {
        try (Weights changed = changed(lora, LoraComponent.UNET, unet)) {
            return unet.forward(
                    changed,
                    inputs.get("unet.square.sample"),
                    inputs.get("unet.square.timesteps"),
                    inputs.get("unet.square.encoder_hidden_states"));
        }
    }

    private static NDArray encode(LoraFile lora, CLIPTextModel text, Fixtures inputs) {
        try (Weights changed = changed(lora, LoraComponent.TEXT_ENCODER, text)) {
            return text.forward(changed, inputs.get("text.input_ids"));
        }
    }

    private static Weights changed(LoraFile lora, LoraComponent component, PretrainedModel model) {
        try (LoraAdapters adapters = lora.read(component, model.layers(), Device.cpu())) {
            return adapters.addTo(model.weights(), 1);
        }
    }
}
