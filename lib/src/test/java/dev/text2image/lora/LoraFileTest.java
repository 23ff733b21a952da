package dev.text2image.lora;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LoRA files that are combined, changed, or for something else. */
class LoraFileTest {
    private static final Path FILES = Fixtures.DIRECTORY.resolve("lora");
    private static final Path UNET = Fixtures.DIRECTORY.resolve("tiny-sd1/unet");

    @TempDir
    private Path directory;

    private LoraFile file(Map<String, Shape> shapes) {
        Path file = directory.resolve("lora.safetensors");
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> tensors.put(name, manager.ones(shape)));
            SafeTensorsWriter.writeArrays(file, tensors);
        }
        return LoraFile.open(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight | is for Stable Diffusion XL",
                "text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight | is for Stable Diffusion XL",
                "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight | is for a transformer such as Stable Diffusion 3",
                "lora_unet_mid_block_resnets_0_conv1.hada_w1_a | holds adapters of the kind LoHa",
                "lora_unet_mid_block_resnets_0_conv1.dora_scale | holds adapters of the kind DoRA",
                "something.else | is no LoRA file that is known here: something.else of 1 tensors",
                "unet.mid_block.resnets.0.conv1.lora_A.weight | lack one of the two matrices"
            })
    void aFileOfAnotherKindSaysWhich(String name, String message) {
        assertThatThrownBy(() -> file(Map.of(name, new Shape(4, 4))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("lora.safetensors " + (message.startsWith("lack") ? "is incomplete" : message));
    }

    @ParameterizedTest
    @CsvSource({"768,STABLE_DIFFUSION_1", "1024,STABLE_DIFFUSION_2", "2048,STABLE_DIFFUSION_XL"})
    void theWidthOfTheTextEmbeddingsTellsTheBaseModel(int width, LoraBase base) {
        String layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
        LoraFile file = file(Map.of(
                layer + ".lora_down.weight", new Shape(4, width), layer + ".lora_up.weight", new Shape(1280, 4)));
        assertThat(file.base()).contains(base);
        assertThat(file.summary().base()).startsWith(base.title());
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(UNET, TinyPipeline.OPTIONS)) {
            assertThatThrownBy(() -> file.read(LoraComponent.UNET, unet.layers(), Device.cpu()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("is for " + base.title() + " (text embeddings of width " + width + "), but");
        }
        if (base == LoraBase.STABLE_DIFFUSION_XL) {
            assertThatThrownBy(() -> base.layers(LoraComponent.UNET)).hasMessageContaining("which is not supported");
            return;
        }
        try (LoraParts parts = LoraParts.read(file, base::layers)) {
            Path kohya = directory.resolve("kohya.safetensors");
            parts.write(kohya, LoraFormat.KOHYA);
            assertThat(LoraFile.open(kohya).metadata())
                    .containsEntry("ss_network_dim", "4")
                    .containsEntry("ss_base_model_version", base == LoraBase.STABLE_DIFFUSION_1 ? "sd_v1" : "sd_v2");
        }
    }

    @Test
    void keysThatFitNoLayerAreListed() {
        LoraFile file =
                file(Map.of("unet.mid.lora_A.weight", new Shape(4, 4), "unet.mid.lora_B.weight", new Shape(4, 4)));
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(UNET, TinyPipeline.OPTIONS)) {
            assertThatThrownBy(() -> file.read(LoraComponent.UNET, unet.layers(), Device.cpu()))
                    .hasMessageContaining("does not fit the model: its unet has no layer mid.");
        }
    }

    /** Two ways to the best approximation: from the two factors, and from the difference of whole weights. */
    @Test
    void aLowerRankIsTheBestApproximation() {
        LoraFile file = LoraFile.open(FILES.resolve("kohya-locon.safetensors"));
        try (NDManager manager = Torch.newManager(Device.cpu());
                UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(UNET, TinyPipeline.OPTIONS);
                LoraAdapters whole = file.read(LoraComponent.UNET, unet.layers(), Device.cpu());
                Weights changed = whole.addTo(unet.weights(), 1);
                LoraAdapters resized = whole.resized(1, unet.layers());
                LoraAdapters extracted =
                        LoraAdapters.extract(unet.weights(), changed, sizes(resized.layers(), 3), unet.layers());
                Weights some = resized.addTo(unet.weights(), 1);
                Weights other = extracted.addTo(unet.weights(), 1)) {
            double left = 0;
            double all = 0;
            for (Map.Entry<String, NDArray> weight : some.tensors().entrySet()) {
                NDArray before = tensor(unet.weights(), weight.getKey());
                assertClose(weight.getValue(), tensor(other, weight.getKey()), 1e-6);
                NDArray after = tensor(changed, weight.getKey());
                left += square(after.sub(weight.getValue()));
                all += square(after.sub(before));
            }
            assertThat(whole.norm()).isCloseTo(Math.sqrt(all), within(1e-4));
            // what singular values leave out is at right angles to what they keep
            assertThat(Math.pow(resized.norm(), 2)).isCloseTo(all - left, within(1e-4));
            assertThat(left).isGreaterThan(0.01 * all);
        }
    }

    private static Map<String, LowRank> sizes(Map<String, LowRank> layers, double alpha) {
        Map<String, LowRank> sizes = new LinkedHashMap<>();
        layers.forEach((layer, size) -> sizes.put(layer, new LowRank(size.rank(), alpha)));
        return sizes;
    }

    private static NDArray tensor(Weights weights, String name) {
        return Objects.requireNonNull(weights.tensors().get(name));
    }

    private static double square(NDArray difference) {
        return difference.square().sum().getFloat();
    }

    @Test
    void blocksHaveWeightsOfTheirOwn() {
        Path file = FILES.resolve("diffusers.safetensors");
        WeightedLora lora = WeightedLora.parse(file + ":0.5,down_blocks=0,up_blocks=2,up_blocks.1.attentions.1=-1");
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(UNET, TinyPipeline.OPTIONS);
                Weights once = WeightedLora.of(file, 1).addTo(LoraComponent.UNET, unet.layers(), unet.weights());
                Weights changed = lora.addTo(LoraComponent.UNET, unet.layers(), unet.weights())) {
            unet.weights().tensors().forEach((name, before) -> {
                double expected = name.startsWith("down_blocks.")
                        ? 0
                        : name.startsWith("up_blocks.1.attentions.1.") ? -1 : name.startsWith("up_blocks.") ? 2 : 0.5;
                NDArray full = tensor(once, name).sub(before);
                assertClose(tensor(changed, name), before.add(full.mul(expected)), 1e-5);
            });
        }
        assertThat(WeightedLora.parse("a:b.safetensors").file()).isEqualTo(Path.of("a:b.safetensors"));
    }
}
