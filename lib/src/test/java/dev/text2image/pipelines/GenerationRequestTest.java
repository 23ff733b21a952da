package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
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
                        List.of("a red heart"), "", 50, 7.5, 0, 0, OptionalLong.empty(), null, null, 1, null));
    }

    @TestFactory
    List<DynamicTest> valuesOutOfRange() {
        Map<String, UnaryOperator<GenerationRequestBuilder>> cases = Map.of(
                "num_inference_steps is 0; it must be at least 1", request -> request.numInferenceSteps(0),
                "guidance_scale is NaN; it must be a finite number", request -> request.guidanceScale(Double.NaN),
                "guidance_rescale is 1.5; it must be from 0 to 1", request -> request.guidanceRescale(1.5),
                "eta is -0.1; it must be from 0 to 1", request -> request.eta(-0.1),
                "height is 0; it must be at least 1", request -> request.height(0),
                "width is -8; it must be at least 1", request -> request.width(-8),
                "num_images_per_prompt is 0; it must be at least 1", request -> request.numImagesPerPrompt(0));
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
