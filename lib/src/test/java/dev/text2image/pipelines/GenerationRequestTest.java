package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Defaults and limits of a request. */
class GenerationRequestTest {
    @Test
    void defaultsAreThoseOfDiffusers() {
        GenerationRequest request = GenerationRequest.of("a red heart").build();
        assertThat(request)
                .isEqualTo(new GenerationRequest(
                        List.of("a red heart"),
                        null,
                        "",
                        List.of(),
                        null,
                        false,
                        0,
                        50,
                        7.5,
                        0,
                        0,
                        OptionalLong.empty(),
                        List.of(),
                        null,
                        null,
                        1,
                        null,
                        null,
                        0.8,
                        StepCallback.NONE));
    }

    @TestFactory
    List<DynamicTest> valuesOutOfRange() {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        Map<String, UnaryOperator<GenerationRequestBuilder>> cases = new HashMap<>(Map.of(
                "num_inference_steps is 0; it must be at least 1", request -> request.numInferenceSteps(0),
                "guidance_scale is NaN; it must be a finite number", request -> request.guidanceScale(Double.NaN),
                "guidance_rescale is 1.5; it must be from 0 to 1", request -> request.guidanceRescale(1.5),
                "eta is -0.1; it must be from 0 to 1", request -> request.eta(-0.1),
                "height is 0; it must be at least 1", request -> request.height(0),
                "width is -8; it must be at least 1", request -> request.width(-8),
                "num_images_per_prompt is 0; it must be at least 1", request -> request.numImagesPerPrompt(0)));
        cases.putAll(Map.of(
                "clip_skip is -1; it must be at least 0", request -> request.clipSkip(-1),
                "strength is 2.0; it must be from 0 to 1",
                        request -> request.initImage(image).strength(2),
                "strength is 0.01; it must be at least 1 / num_inference_steps, so that a step is left of the 50",
                        request -> request.initImage(image).strength(0.01),
                "the number of negative_prompts is 1; it must be 3, one for each prompt",
                        request -> request.prompts(List.of("a", "b", "c")).negativePrompts(List.of("blurry")),
                "negative_prompt is 'dark'; it must be absent beside negative_prompts",
                        request -> request.negativePrompts(List.of("blurry")).negativePrompt("dark"),
                "the number of seeds is 1; it must be 2, one for each image",
                        request -> request.seeds(List.of(1L)).numImagesPerPrompt(2),
                "seed is 3; it must be absent beside seeds",
                        request -> request.seeds(List.of(1L)).seed(3)));
        return cases.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> assertThatThrownBy(() -> entry.getValue()
                                        .apply(GenerationRequest.of("a red heart"))
                                        .build())
                                .isInstanceOf(InvalidInputException.class)
                                .hasMessageContaining(entry.getKey())))
                .toList();
    }

    @Test
    void aPromptIsNeeded() {
        assertThatThrownBy(() -> GenerationRequest.of().build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("the number of prompts is 0");
    }
}
