package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Weights;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.schedulers.samplers.PNDMScheduler;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sampling from texts, with the tiny pipeline. */
class StableDiffusionPipelineTest {
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

    @AfterEach
    void silence() {
        Progress.setDefaultListener(ProgressListener.SILENT);
    }

    private static GenerationRequestBuilder heart() {
        return GenerationRequest.of("a red heart").numInferenceSteps(3).seed(7);
    }

    private static List<int[]> pixels(GeneratedImages images) {
        return images.images().stream().map(StableDiffusionPipelineTest::pixels).toList();
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void aSavedPipelineDrawsTheSameImage() {
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), TinyPipeline.OPTIONS);
                CLIPTextModel text = TinyPipeline.textEncoder();
                StableDiffusionPipeline unsaved = StableDiffusionPipeline.of(
                        unet,
                        vae,
                        text,
                        CLIPTokenizer.load(TinyPipeline.TOKENIZER),
                        PNDMScheduler.from(SchedulerConfig.stableDiffusion()))) {
            assertThat(pixels(pipeline.generate(heart().build()).images().get(0)))
                    .isEqualTo(pixels(unsaved.generate(heart().build()).images().get(0)));
        }
    }

    @Test
    void theSizeIsTheModelsUnlessAsked() {
        BufferedImage usual = pipeline.generate(heart().build()).images().get(0);
        assertThat(List.of(usual.getHeight(), usual.getWidth(), usual.getType()))
                .containsExactly(16, 16, BufferedImage.TYPE_INT_RGB);
        BufferedImage wide =
                pipeline.generate(heart().height(12).width(20).build()).images().get(0);
        assertThat(List.of(wide.getHeight(), wide.getWidth())).containsExactly(12, 20);
    }

    @Test
    void aSeedDrawsTheSameImagesAndAnotherDoesNot() {
        GeneratedImages first = pipeline.generate(heart().build());
        assertThat(pixels(pipeline.generate(heart().build())).get(0))
                .isEqualTo(pixels(first).get(0));
        assertThat(pixels(pipeline.generate(heart().seed(8).build())).get(0))
                .isNotEqualTo(pixels(first).get(0));
        assertThat(first.seed()).isEqualTo(7);
    }

    @Test
    void withoutASeedTheOneThatWasDrawnIsReported() {
        GeneratedImages first =
                pipeline.generate(heart().seed(OptionalLong.empty()).build());
        GeneratedImages second =
                pipeline.generate(heart().seed(OptionalLong.empty()).build());
        assertThat(first.seed()).isNotEqualTo(second.seed());
        GeneratedImages again = pipeline.generate(heart().seed(first.seed()).build());
        assertThat(pixels(again).get(0)).isEqualTo(pixels(first).get(0));
    }

    @Test
    void samplingWithOneSeedDoesNotRepeatTheNoiseOfTheCaller() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            List<Float> draws = new ArrayList<>();
            for (int run = 0; run < 2; run++) {
                Torch.seed(3);
                for (int i = 0; i < 2; i++) {
                    pipeline.generate(heart().build());
                    draws.add(manager.randomNormal(new Shape(1)).getFloat());
                }
            }
            assertThat(draws.get(0)).isNotEqualTo(draws.get(1));
            assertThat(draws.subList(2, 4)).isEqualTo(draws.subList(0, 2));
        }
    }

    /** From torch.randn((1, 4, 8, 8), generator=torch.Generator("cpu").manual_seed(7)). */
    @Test
    void aSeedStartsFromTheLatentsOfPython() {
        try (NDManager manager = Torch.newManager(Device.cpu());
                SeedScope seed = new SeedScope(OptionalLong.of(7))) {
            NDArray noise = RandomTensors.normal(manager, new Shape(1, 4, 8, 8));
            assertThat(noise.flatten().get("0:4").toFloatArray())
                    .containsExactly(new float[] {-0.8201345f, 0.39563116f, 0.8989085f, -1.3884039f}, offset(1e-6f));
            assertThat(noise.sum().getFloat()).isCloseTo(-20.519617f, offset(1e-3f));
            GeneratedImages given = pipeline.generate(heart().latents(noise).build());
            assertThat(pixels(given).get(0))
                    .isEqualTo(pixels(pipeline.generate(heart().build())).get(0));
            assertThat(noise.isReleased()).isFalse();
        }
    }

    @Test
    void imagesOfAPromptAreNeighboursAndDoNotInfluenceEachOther() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray latents = RandomTensors.normal(manager, new Shape(4, 4, 8, 8));
            GeneratedImages all = pipeline.generate(GenerationRequest.of("a red heart", "a blue star")
                    .numInferenceSteps(3)
                    .numImagesPerPrompt(2)
                    .latents(latents)
                    .build());
            assertThat(all.prompts()).containsExactly("a red heart", "a red heart", "a blue star", "a blue star");
            GeneratedImages third = pipeline.generate(GenerationRequest.of("a blue star")
                    .numInferenceSteps(3)
                    .latents(latents.get("2:3"))
                    .build());
            assertThat(largestDifference(all.images().get(2), third.images().get(0)))
                    .isLessThanOrEqualTo(1);
            assertThat(largestDifference(all.images().get(1), third.images().get(0)))
                    .isGreaterThan(1);
        }
    }

    private static int largestDifference(BufferedImage a, BufferedImage b) {
        int largest = 0;
        int[] first = pixels(a);
        int[] second = pixels(b);
        for (int i = 0; i < first.length; i++) {
            for (int shift = 0; shift < 24; shift += 8) {
                largest = Math.max(largest, Math.abs((first[i] >> shift & 255) - (second[i] >> shift & 255)));
            }
        }
        return largest;
    }

    @Test
    void aNegativePromptCountsOnlyWithGuidance() {
        int[] plain = pixels(pipeline.generate(heart().build())).get(0);
        int[] negative = pixels(
                        pipeline.generate(heart().negativePrompt("blurry").build()))
                .get(0);
        assertThat(negative).isNotEqualTo(plain);
        int[] unguided =
                pixels(pipeline.generate(heart().guidanceScale(1).build())).get(0);
        assertThat(pixels(pipeline.generate(heart().guidanceScale(1)
                                .negativePrompt("blurry")
                                .build()))
                        .get(0))
                .isEqualTo(unguided);
    }

    @Test
    void otherWeightsAndSamplersAreViews() {
        int[] usual = pixels(pipeline.generate(heart().build())).get(0);
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                Weights same = unet.weights().copy();
                Weights other = unet.weights().copy()) {
            other.tensors().values().forEach(tensor -> tensor.muli(1.1f));
            assertThat(pixels(pipeline.withUnetWeights(same).generate(heart().build()))
                            .get(0))
                    .isEqualTo(usual);
            assertThat(pixels(pipeline.withUnetWeights(other).generate(heart().build()))
                            .get(0))
                    .isNotEqualTo(usual);
        }
        StableDiffusionPipeline ddpm =
                pipeline.withScheduler(DDPMScheduler.from(pipeline.scheduler().config()));
        int[] ancestral = pixels(ddpm.generate(heart().build())).get(0);
        ddpm.close();
        assertThat(ancestral).isNotEqualTo(usual);
        assertThat(pixels(pipeline.generate(heart().build())).get(0)).isEqualTo(usual);
    }

    @Test
    void etaIsForDdim() {
        StableDiffusionPipeline ddim =
                pipeline.withScheduler(DDIMScheduler.from(pipeline.scheduler().config()));
        assertThat(pixels(ddim.generate(heart().eta(1).build())).get(0))
                .isNotEqualTo(pixels(ddim.generate(heart().build())).get(0));
        assertThatThrownBy(() -> pipeline.generate(heart().eta(0.5).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("eta is 0.5")
                .hasMessageContaining("DDIMScheduler");
    }

    @Test
    void aTruncatedPromptIsNoted() {
        GeneratedImages images = pipeline.generate(
                GenerationRequest.of("red ".repeat(100)).numInferenceSteps(1).build());
        assertThat(images.notes())
                .singleElement()
                .asString()
                .contains(
                        "102 tokens",
                        "reads 77",
                        "left out: '" + "red ".repeat(25).strip() + "'");
        assertThat(pipeline.generate(heart().build()).notes()).isEmpty();
    }

    @Test
    void anInterruptStopsTheLoopAndTheNextCallWorks() {
        List<Long> steps = new ArrayList<>();
        Progress.setDefaultListener((label, total) -> (done, note, last) -> {
            steps.add(done);
            if (done == 2 && !last) {
                Thread.currentThread().interrupt();
            }
        });
        assertThatThrownBy(() -> pipeline.generate(heart().numInferenceSteps(10).build()))
                .isInstanceOf(CancellationException.class);
        assertThat(steps).containsExactly(1L, 2L, 2L);
        Progress.setDefaultListener(ProgressListener.SILENT);
        assertThat(pipeline.generate(heart().build()).images()).hasSize(1);
    }

    @Test
    void encodingLeavesOneArrayAndNoGradients() {
        try (NDManager manager = Torch.newManager(Device.cpu());
                Autograd.Scope recording = Autograd.record()) {
            NDArray embeddings = pipeline.encodePrompts(manager, List.of("a red heart", ""));
            assertThat(embeddings.getShape()).isEqualTo(new Shape(2, 77, 32));
            assertThat(embeddings.getDataType()).isEqualTo(DataType.FLOAT32);
            assertThat(Autograd.requiresGradient(embeddings)).isFalse();
            assertThat(manager.getManagedArrays()).hasSize(1);
            NDArray latents = manager.zeros(new Shape(2, 4, 8, 8));
            assertThat(pipeline.decode(latents)).hasSize(2);
            assertThat(manager.getManagedArrays()).hasSize(2);
        }
    }
}
