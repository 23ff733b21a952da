package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.awt.Dimension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pipeline refuses before it computes anything. */
class PipelineLimitsTest {
    @TempDir
    private static Path directory;

    private static StableDiffusionPipeline pipeline;

    @BeforeAll
    static void load() {
        TinyPipeline.write(directory.resolve("tiny"));
        pipeline = StableDiffusionPipeline.fromPretrained(directory.resolve("tiny"), TinyPipeline.OPTIONS);
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    private static GenerationRequestBuilder heart() {
        return GenerationRequest.of("a red heart").numInferenceSteps(3).seed(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "15|16|height is 15; it must be a multiple of 2, for example 14 or 16",
                "16|21|width is 21; it must be a multiple of 2, for example 20 or 22"
            })
    void sizesThatTheModelCannotDraw(int height, int width, String message) {
        assertThatThrownBy(() ->
                        pipeline.generate(heart().height(height).width(width).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void sizesOfAModelOfTheUsualKindAreMultiplesOfEight() {
        AutoencoderKLConfig eightfold = new AutoencoderKLConfig(64, 3, 3, 4, List.of(4, 4, 4, 4), 1, 4, 0.18215);
        try (AutoencoderKL vae = AutoencoderKL.create(eightfold, TinyPipeline.OPTIONS);
                StableDiffusionPipeline usual = StableDiffusionPipeline.of(
                        pipeline.unet(), vae, pipeline.textEncoder(), pipeline.tokenizer(), pipeline.scheduler())) {
            assertThatThrownBy(
                            () -> usual.generate(heart().width(500).height(300).build()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("height is 300; it must be a multiple of 8, for example 296 or 304");
            assertThatThrownBy(() -> usual.generate(heart().width(500).build()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("width is 500; it must be a multiple of 8, for example 496 or 504");
            assertThat(usual.imageSize(heart().width(504).height(296).build())).isEqualTo(new Dimension(504, 296));
        }
    }

    @Test
    void requestsThatTheModelCannotServe() {
        assertThatThrownBy(
                        () -> pipeline.generate(heart().numInferenceSteps(1001).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("num_inference_steps is 1001; it must be from 1 to 1000");
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray latents = manager.zeros(new Shape(2, 4, 8, 8));
            assertThatThrownBy(() -> pipeline.generate(heart().latents(latents).build()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("shape of latents is (2, 4, 8, 8); it must be (1, 4, 8, 8)");
        }
    }

    @Test
    void partsThatDoNotFitAreRefused() {
        Path second = Fixtures.DIRECTORY.resolve("tiny-sd2/text_encoder");
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), TinyPipeline.OPTIONS);
                CLIPTextModel text = CLIPTextModel.fromPretrained(second, TinyPipeline.OPTIONS)) {
            CLIPTokenizer tokenizer = CLIPTokenizer.load(TinyPipeline.TOKENIZER);
            assertThatThrownBy(() -> StableDiffusionPipeline.of(unet, vae, text, tokenizer, pipeline.scheduler()))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("embeddings of size " + text.config().hiddenSize() + ", the UNet takes 32")
                    .hasMessageContaining("the tokenizer has 49408 tokens, the text encoder knows 1000");
        }
    }
}
