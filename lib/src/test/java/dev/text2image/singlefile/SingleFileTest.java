package dev.text2image.singlefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.DType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.io.TensorData;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.testing.Fixtures;
import dev.text2image.tokenizers.CLIPTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and shapes of single files; diffusers says which they are. */
class SingleFileTest {
    private static final TensorData NUMBER =
            new TensorData(DType.F32, List.of(1L), ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN));

    @TempDir
    private Path directory;

    private static Map<String, TensorData> tensors(Path file) {
        try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
            Map<String, TensorData> tensors = new HashMap<>();
            opened.tensors()
                    .forEach((name, info) ->
                            tensors.put(name, new TensorData(info.dtype(), info.shape(), opened.data(name))));
            return tensors;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd1", "tiny-sd2"})
    void aFileBecomesTheDirectoryThatItWasMadeOf(String name) {
        Path model = Fixtures.DIRECTORY.resolve(name);
        try (SingleFile file =
                SingleFile.open(OriginalFiles.writeTiny(name, directory.resolve("model.safetensors")), null, model)) {
            for (String folder : file.folders()) {
                file.write(folder, directory.resolve(folder));
            }
        }
        String weights = "diffusion_pytorch_model.safetensors";
        for (String folder : List.of("unet", "vae")) {
            assertThat(tensors(directory.resolve(folder).resolve(weights)))
                    .isEqualTo(tensors(model.resolve(folder).resolve(weights)));
        }
        Map<String, TensorData> text = new HashMap<>();
        tensors(model.resolve("text_encoder/model.safetensors"))
                .forEach((key, value) -> text.put("text_model." + key.replaceFirst("^text_model\\.", ""), value));
        assertThat(tensors(directory.resolve("text_encoder/model.safetensors"))).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd1", "tiny-sd2"})
    void aDirectoryBecomesTheFile(String name) {
        Path file = directory.resolve("model.safetensors");
        SingleFileWriter.write(file, Fixtures.DIRECTORY.resolve(name), null);
        assertThat(tensors(file)).isEqualTo(OriginalFiles.tiny(name));
    }

    @Test
    void anAutoencoderAloneIsReadWithAndWithoutItsPrefix() {
        Map<String, TensorData> prefixed = new HashMap<>();
        Map<String, TensorData> plain = new HashMap<>();
        OriginalFiles.tiny("tiny-sd1").forEach((name, tensor) -> {
            if (name.startsWith(OriginalNames.VAE)) {
                prefixed.put(name, tensor);
                plain.put(name.substring(OriginalNames.VAE.length()), tensor);
            }
        });
        Path model = Fixtures.DIRECTORY.resolve("tiny-sd1");
        for (Map<String, TensorData> stored : List.of(prefixed, plain)) {
            Path path = directory.resolve("vae.safetensors");
            SafeTensorsWriter.write(path, stored);
            try (SingleFile file = SingleFile.open(path, null, model)) {
                assertThat(file.isAutoencoder()).isTrue();
                file.write("vae", directory.resolve("vae"));
            }
            assertThat(tensors(directory.resolve("vae/diffusion_pytorch_model.safetensors")))
                    .isEqualTo(tensors(model.resolve("vae/diffusion_pytorch_model.safetensors")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "stable-diffusion-1.5, EPSILON, PNDMScheduler, 64",
        "stable-diffusion-2.1, V_PREDICTION, DDIMScheduler, 96"
    })
    void filesOfStableDiffusionTellTheirShape(String name, PredictionType prediction, String scheduler, int latents)
            throws IOException {
        Path path = OriginalFiles.writeHollow(name, directory.resolve("model.safetensors"));
        try (SingleFile file = SingleFile.open(path, null, null);
                SafeTensorsFile header = SafeTensorsFile.open(path)) {
            assertThat(file.scheduler(null, null).predictionType()).isEqualTo(prediction);
            assertThat(file.scheduler(null, null).className()).isEqualTo(scheduler);
            assertThat(file.scheduler(PredictionType.EPSILON, null).predictionType())
                    .isEqualTo(PredictionType.EPSILON);
            OriginalShapes shapes = new OriginalShapes(path, header.tensors());
            boolean second = shapes.isSecondGeneration();
            UNet2DConditionConfig unet = shapes.unet(latents);
            assertThat(ModelOutline.unet(unet).parameterCount()).isEqualTo(second ? 865_910_724L : 859_520_964L);
            assertThat(unet.attentionHeads()).isEqualTo(second ? List.of(5, 10, 20, 20) : List.of(8, 8, 8, 8));
            assertThat(ModelOutline.vae(shapes.vae(OriginalNames.VAE, 8 * latents))
                            .parameterCount())
                    .isEqualTo(83_653_863L);
            CLIPTextConfig text = shapes.textEncoder();
            assertThat(ModelOutline.textEncoder(text).parameterCount()).isEqualTo(second ? 340_387_840L : 123_060_480L);
            assertThat(text.numAttentionHeads()).isEqualTo(second ? 16 : 12);
            file.writeTokenizer(directory.resolve("tokenizer"));
            CLIPTokenizer tokenizer = CLIPTokenizer.load(directory.resolve("tokenizer"));
            assertThat(tokenizer.padTokenId()).isEqualTo(second ? 0 : 49407);
            assertThat(tokenizer.tokenize("a red heart")).containsExactly("a</w>", "red</w>", "heart</w>");
            assertThat(tokenizer.encode("a red heart").ids().subList(5, 77)).containsOnly(tokenizer.padTokenId());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight, Stable Diffusion XL",
        "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight, Stable Diffusion 3",
        "double_blocks.0.img_attn.proj.weight, Flux",
        "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight, LoRA",
        "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight, LoRA",
        "control_model.time_embed.0.weight, ControlNet",
        "emb_params, textual inversion",
        "down_blocks.0.resnets.0.conv1.weight, names of diffusers"
    })
    void anotherKindOfFileIsNamed(String tensor, String kind) {
        Path file = directory.resolve("other.safetensors");
        SafeTensorsWriter.write(file, Map.of(tensor, NUMBER));
        assertThatThrownBy(() -> SingleFile.open(file, null, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(kind)
                .hasMessageContaining("Expected is a model of Stable Diffusion 1 or 2");
    }

    @Test
    void allThatDoesNotFitIsListed() {
        Map<String, TensorData> tensors = OriginalFiles.tiny("tiny-sd1");
        tensors.remove("model.diffusion_model.out.2.bias");
        tensors.put("first_stage_model.quant_conv.bias", NUMBER);
        tensors.put("cond_stage_model.extra.weight", NUMBER);
        tensors.put("model_ema.decay", NUMBER);
        Path file = directory.resolve("model.safetensors");
        SafeTensorsWriter.write(file, tensors);
        assertThatThrownBy(() -> SingleFile.open(file, null, Fixtures.DIRECTORY.resolve("tiny-sd1")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1 tensors missing (model.diffusion_model.out.2.bias)")
                .hasMessageContaining("1 tensors that fit nothing (cond_stage_model.extra.weight)")
                .hasMessageContaining("first_stage_model.quant_conv.bias [1], expected (8)");
    }

    @Test
    void aFileOfAnotherShapeAsksForConfigurations() {
        Path file = OriginalFiles.writeTiny("tiny-sd1", directory.resolve("model.safetensors"));
        assertThatThrownBy(() -> SingleFile.open(file, null, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--config");
    }

    @Test
    void pickleIsRefusedWithTheWayToConvertIt() {
        assertThatThrownBy(() -> SingleFile.open(Path.of("v1-5-pruned.ckpt"), null, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("v1-5-pruned.ckpt is pickled")
                .hasMessageContaining("save_file")
                .hasMessageContaining("'v1-5-pruned.safetensors'");
    }
}
