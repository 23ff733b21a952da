package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.lora.LoraAdapters;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.lora.LoraWriter;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Low-rank adapters from their training to the files that are shared. */
class LoraTrainingTest extends TinyRunTest {
    private TrainingConfig config(String output, String flags) {
        return with(run(output).checkpointingSteps(3).lora(LoraConfig.ofRank(4)), flags);
    }

    private Path train(String output, String flags) {
        try (Trainer trainer = new Trainer(config(output, flags))) {
            trainer.run();
        }
        return directory().resolve(output);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--lora_alpha 8 --use_ema",
                "--lora_dropout 0.2 --gradient_checkpointing full",
                "--train_text_encoder --text_encoder_lr 5e-4 --lora_dropout 0.1 --use_ema",
                "--mixed_precision bf16 --lora_target_modules attention+feed-forward convolutions --gradient_checkpointing selective"
            })
    @ShowsEffectOf("lora_dropout")
    void aResumedRunEndsWithTheSameBits(String flags) throws IOException {
        Path whole = train("whole", flags);
        try (Trainer first = new Trainer(config("halves", flags))) {
            for (int i = 0; i < 3; i++) {
                first.step();
            }
        }
        Path halves = train("halves", flags + " --resume_from_checkpoint latest");
        assertThat(halves.resolve(LoraFile.NAME)).hasSameBinaryContentAs(whole.resolve(LoraFile.NAME));
        assertThat(Files.exists(whole.resolve("unet"))).isFalse();
    }

    /** The files that the tiny UNet's adapters are written to, in every form, change it as the adapters do in training. */
    @ParameterizedTest
    @EnumSource(names = {"DIFFUSERS", "PEFT", "KOHYA"})
    @ShowsEffectOf("lora_alpha")
    void aFileChangesTheModelAsTheAdaptersDo(LoraFormat format) {
        Path trained = train(
                "run",
                "--lora_alpha 8 --lora_target_modules "
                        + (format == LoraFormat.DIFFUSERS ? "attention" : "attention+feed-forward convolutions"));
        Path unetPath = base().resolve("unet");
        try (NDManager manager = Torch.newManager(Device.cpu());
                UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(unetPath, TinyPipeline.OPTIONS);
                LoraAdapters adapters = LoraFile.open(trained).read(LoraComponent.UNET, unet.layers(), Device.cpu())) {
            Path file = directory().resolve("other.safetensors");
            LoraWriter.write(file, format, Map.of(LoraComponent.UNET, adapters));
            assertThat(LoraFile.open(file).format()).isEqualTo(format);
            try (LoraAdapters again = LoraFile.open(file).read(LoraComponent.UNET, unet.layers(), Device.cpu());
                    Weights changed = again.addTo(unet.weights(), 1);
                    UNet2DConditionModel adapted = UNet2DConditionModel.fromPretrained(
                            unetPath,
                            TinyPipeline.OPTIONS,
                            again.layers(),
                            0,
                            again.weights().copy())) {
                assertThat(again.layers()).isEqualTo(adapters.layers());
                var sample = manager.randomNormal(new Shape(1, 4, 8, 8));
                var time = manager.create(new int[] {500});
                var text = manager.randomNormal(new Shape(1, 77, 32)).toType(DataType.FLOAT32, false);
                var merged = unet.forward(changed, sample, time, text);
                Fixtures.assertClose(merged, adapted.forward(sample, time, text), 1e-5);
                double plain =
                        merged.sub(unet.forward(sample, time, text)).abs().max().getFloat();
                assertThat(plain).isGreaterThan(1e-4);
            }
        }
    }

    @Test
    void theDefaultsAreThoseOfTheScript() {
        TrainingConfig config = GuideCommand.parse(
                        "accelerate launch train_text_to_image_lora.py --validation_prompt cat")
                .config();
        assertThat(config.lora()).isEqualTo(LoraConfig.ofRank(4));
        assertThat(config.outputDir()).isEqualTo("sd-model-finetuned-lora");
        assertThat(config.validationEpochs()).isEqualTo(1);
        assertThat(config.validationPrompts()).containsExactly("cat");
    }

    /** Adam's first step changes each number by the learning rate. */
    @Test
    @ShowsEffectOf("text_encoder_lr")
    void theTextEncoderHasALearningRateOfItsOwn() {
        Path trained = train(
                "run",
                "--train_text_encoder --text_encoder_lr 5e-4 --lr_scheduler constant --lr_warmup_steps 0 --max_train_steps 1");
        LoraFile file = LoraFile.open(trained);
        try (LoraAdapters unet = file.read(
                        LoraComponent.UNET,
                        ModelOutline.readUnet(base().resolve("unet")).layers(),
                        Device.cpu());
                LoraAdapters text = file.read(
                        LoraComponent.TEXT_ENCODER,
                        ModelOutline.readTextEncoder(base().resolve("text_encoder"))
                                .layers(),
                        Device.cpu())) {
            assertThat(largest(unet)).isCloseTo(1e-3, withinPercentage(1));
            assertThat(largest(text)).isCloseTo(5e-4, withinPercentage(1));
        }
    }

    /** The largest number of the matrices that begin as zeros. */
    private static double largest(LoraAdapters adapters) {
        return adapters.weights().tensors().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("lora_B.weight"))
                .mapToDouble(entry -> entry.getValue().abs().max().getFloat())
                .max()
                .orElseThrow();
    }

    @Test
    void rankFourOfStableDiffusionHas797184Parameters() {
        ModelOutline<UNet2DConditionConfig> unet =
                ModelOutline.unet(UNet2DConditionConfig.fromJson(JsonFields.of(Path.of("sd"), config768())));
        Map<String, LowRank> layers =
                LoraConfig.ofRank(4).layersOf(unet, null).getOrDefault(LoraComponent.UNET, Map.of());
        assertThat(layers).hasSize(128);
        assertThat(unet.adapters(layers, 0).parameterCount()).isEqualTo(797_184);
    }

    private static JsonObject config768() {
        var json = new JsonObject();
        json.addProperty("cross_attention_dim", 768);
        return json;
    }

    @Test
    @ShowsEffectOf({"rank", "lora_target_modules"})
    void whatCannotBeTrainedIsNamed() {
        assertThatThrownBy(() -> LoraConfig.ofRank(0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("rank is 0, but must be at least 1");
        assertThatThrownBy(() -> new Trainer(config("run", "--rank 200")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("rank is 200, but the weight of ");
        assertThatThrownBy(() -> new Trainer(config("run", "--lora_target_modules nothing")))
                .hasMessageContaining("no layer of the UNet is called so");
    }

    @Test
    void aFileOfAnotherModelIsRefused() {
        Path trained = train("run", "--max_train_steps 1");
        Map<String, Shape> other = ModelOutline.readUnet(Fixtures.DIRECTORY.resolve("tiny-sd2/unet"))
                .layers();
        assertThatThrownBy(() -> LoraFile.open(trained).read(LoraComponent.UNET, other, Device.cpu()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(LoraFile.NAME);
        Path unet = base().resolve("unet/diffusion_pytorch_model.safetensors");
        assertThatThrownBy(() -> LoraFile.open(unet))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is no LoRA file that is known here");
    }
}
