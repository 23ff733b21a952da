package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Weights;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the parameters of a request do with each other, with the tiny pipeline. */
class CallParametersTest extends TinyPipelineTest {
    private static final double ROUNDING = 1e-4;

    private static GenerationRequestBuilder heart() {
        return GenerationRequest.of("a red heart").numInferenceSteps(4).seed(7);
    }

    private NDArray latents(GenerationRequestBuilder request) {
        return latents(pipeline, request);
    }

    private NDArray latents(StableDiffusionPipeline of, GenerationRequestBuilder request) {
        return of.generateLatents(manager, request.build());
    }

    @Test
    void anyImageOfABatchCanBeDrawnAgainAlone() {
        StableDiffusionPipeline ancestral = pipeline.withScheduler(
                Schedulers.named("euler-a", pipeline.scheduler().config()));
        GenerationRequestBuilder batch = GenerationRequest.of("a red heart", "a blue star")
                .numInferenceSteps(4)
                .negativePrompts(List.of("dark", "blurry"))
                .numImagesPerPrompt(2)
                .seeds(List.of(1L, 2L, 3L, 4L));
        NDArray all = latents(ancestral, batch);
        NDArray third = latents(
                ancestral,
                GenerationRequest.of("a blue star")
                        .numInferenceSteps(4)
                        .negativePrompt("blurry")
                        .seeds(List.of(3L)));
        Fixtures.assertClose(all.get("2:3"), third, ROUNDING);
        NDArray bySeed = latents(
                ancestral,
                GenerationRequest.of("a blue star")
                        .numInferenceSteps(4)
                        .negativePrompt("blurry")
                        .seed(3));
        assertThat(bySeed.contentEquals(third)).as("a seed of one image").isTrue();
        assertThat(ancestral.generate(batch.build()).seeds()).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void embeddingsStandForTheirTexts() {
        NDArray prompts = pipeline.encodePrompts(manager, List.of("a red heart", "a cat"));
        NDArray negatives = pipeline.encodePrompts(manager, List.of("blurry", "blurry"));
        GenerationRequestBuilder encoded = GenerationRequest.of(prompts)
                .negativePromptEmbeds(negatives)
                .numInferenceSteps(4)
                .seed(7);
        NDArray words = latents(GenerationRequest.of("a red heart", "a cat")
                .negativePrompt("blurry")
                .numInferenceSteps(4)
                .seed(7));
        Fixtures.assertClose(latents(encoded), words, ROUNDING);
        assertThat(pipeline.generate(encoded.build()).prompts()).containsExactly("", "");
        assertThat(prompts.isReleased()).isFalse();
    }

    @Test
    void embeddingsThatDoNotFitAreRefused() {
        NDArray prompts = manager.zeros(new Shape(1, 154, 32));
        assertThatThrownBy(() -> pipeline.generate(GenerationRequest.of(prompts).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        "the length of prompt_embeds is 154; it must be 77 beside a negative prompt in words");
        NDArray wide = manager.zeros(new Shape(1, 77, 768));
        assertThatThrownBy(() -> pipeline.generate(GenerationRequest.of(wide).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("the shape of prompt_embeds is (1, 77, 768); it must be (1, 77, 32)");
        assertThatThrownBy(() ->
                        GenerationRequest.of(prompts).prompts(List.of("a")).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("the number of prompts is 1; it must be 0 beside prompt_embeds");
    }

    @Test
    void clipSkipIsForThePromptAlone() {
        NDArray usual = latents(heart());
        assertThat(latents(heart().clipSkip(1)).contentEquals(usual)).isFalse();
        NDArray unconditional = latents(heart().prompts(List.of("")).guidanceScale(1));
        assertThat(latents(heart().prompts(List.of("")).guidanceScale(1).clipSkip(1))
                        .contentEquals(unconditional))
                .isFalse();
        assertThatThrownBy(() -> latents(heart().clipSkip(3)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("clip_skip is 3; it must be from 0 to 2, the text encoder's layers");
    }

    @Test
    void aCallbackSeesEachStepAndCanSwitchThePrompt() {
        List<Double> shares = new ArrayList<>();
        NDArray star = pipeline.encodePrompts(manager, List.of("a blue star"));
        StepCallback switched = step -> {
            shares.add(step.share());
            return step.index() == 1 ? step.withPromptEmbeds(star) : step;
        };
        StableDiffusionPipeline ddim = pipeline.withScheduler(
                Schedulers.named("ddim", pipeline.scheduler().config()));
        NDArray mixed = latents(ddim, heart().callback(switched));
        assertThat(shares).containsExactly(0.25, 0.5, 0.75, 1.0);
        NDArray atOnce =
                latents(ddim, heart().callback(step -> step.index() == 0 ? step.withPromptEmbeds(star) : step));
        for (NDArray other : List.of(latents(ddim, heart()), atOnce)) {
            assertThat(mixed.contentEquals(other)).isFalse();
        }
        NDArray same = pipeline.encodePrompts(manager, List.of("a red heart"));
        NDArray unchanged = latents(ddim, heart().callback(step -> step.withPromptEmbeds(same)));
        Fixtures.assertClose(unchanged, latents(ddim, heart()), ROUNDING);
        assertThatThrownBy(() -> latents(heart().callback(step -> step.withPromptEmbeds(star.get(":, 1:")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(1, 76, 32)", "(77, 32)");
    }

    @Test
    void aCallbackCanSwitchTheUnetsWeights() {
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                Weights other = unet.weights().copy()) {
            other.tensors().values().forEach(tensor -> tensor.muli(1.1f));
            StableDiffusionPipeline changed = pipeline.withUnetWeights(other);
            NDArray late = latents(heart().callback(step -> step.withUnetOf(changed)));
            assertThat(late.contentEquals(latents(heart()))).isFalse();
            assertThat(late.contentEquals(latents(changed, heart()))).isFalse();
            NDArray back = latents(changed, heart().callback(step -> step.withUnetOf(changed)));
            assertThat(back.contentEquals(latents(changed, heart()))).isTrue();
        }
    }

    @Test
    void aRefinerTakesTheLastSteps() {
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(TinyPipeline.fixture("unet"), TinyPipeline.OPTIONS);
                Weights other = unet.weights().copy()) {
            other.tensors().values().forEach(tensor -> tensor.muli(1.1f));
            StableDiffusionPipeline changed = pipeline.withUnetWeights(other);
            StableDiffusionPipeline ddim = pipeline.withScheduler(
                    Schedulers.named("ddim", pipeline.scheduler().config()));
            StableDiffusionPipeline late = ddim.withRefiner(changed, 0.75);
            NDArray refined = latents(late, heart());
            NDArray byHand =
                    latents(ddim, heart().callback(step -> step.index() >= 2 ? step.withUnetOf(changed) : step));
            assertThat(refined.contentEquals(byHand)).isTrue();
            assertThat(refined.contentEquals(latents(ddim, heart()))).isFalse();
            NDArray lastWord = latents(late, heart().callback(step -> step.withUnetOf(pipeline)));
            assertThat(lastWord.contentEquals(latents(ddim, heart()))).isTrue();
            assertThatThrownBy(() -> pipeline.withRefiner(changed, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("switchAt is 1.0");
        }
    }

    @Test
    void latentsAndNumbersAreThoseOfTheImage() {
        NDArray latents = latents(heart());
        NDArray numbers = pipeline.decodeToTensor(latents);
        assertThat(numbers.getShape()).isEqualTo(new Shape(1, 3, 16, 16));
        BufferedImage image = pipeline.generate(heart().build()).images().get(0);
        int first = image.getRGB(0, 0);
        for (int channel = 0; channel < 3; channel++) {
            assertThat(Math.round(numbers.getFloat(0, channel, 0, 0) * 255))
                    .isEqualTo(first >> (16 - 8 * channel) & 255);
        }
    }

    @Test
    void everySizeThatLatentsHaveIsDrawn() {
        // Latents of 7 x 5 are odd at both levels of the UNet.
        BufferedImage image =
                pipeline.generate(heart().height(14).width(10).build()).images().get(0);
        assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(10, 14);
    }

    @Test
    void anInitialImageGivesItsSizeAndIsHardlyChangedAtASmallStrength() {
        BufferedImage image =
                pipeline.generate(heart().height(12).width(20).build()).images().get(0);
        GenerationRequestBuilder again = GenerationRequest.of("a blue star", "a cat")
                .numInferenceSteps(20)
                .guidanceScale(1)
                .seed(3)
                .initImage(image);
        NDArray little = latents(again.strength(0.1));
        NDArray much = latents(again.strength(0.9));
        assertThat(little.getShape()).isEqualTo(new Shape(2, 4, 6, 10));
        assertThat(distance(little.get("0:1"), little.get("1:2")))
                .isLessThan(distance(much.get("0:1"), much.get("1:2")));
        GeneratedImages larger =
                pipeline.generate(again.height(16).width(16).strength(0.5).build());
        assertThat(larger.images().get(0).getHeight()).isEqualTo(16);
    }

    private static float distance(NDArray a, NDArray b) {
        return a.sub(b).square().mean().getFloat();
    }
}
