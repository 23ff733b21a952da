package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What brackets in prompts do to embeddings and images. */
class PromptWeightingTest extends TinyPipelineTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void embeddingsAreThoseOfTheFormula(int generation) {
        String name = "sd" + generation + ".";
        Path encoder = Fixtures.DIRECTORY.resolve("tiny-sd" + generation + "/text_encoder");
        try (Fixtures expected = new Fixtures(manager, "prompt_weights.safetensors");
                CLIPTextModel text = CLIPTextModel.fromPretrained(encoder, TinyPipeline.OPTIONS)) {
            NDArray states = text.forward(expected.get(name + "ids"));
            NDArray weighted = PromptWeights.apply(states, expected.get(name + "weights"));
            NDArray joined = weighted.reshape(-1, weighted.size(2));
            Fixtures.assertClose(joined, expected.get(name + "embeddings"), 1e-4);
        }
    }

    @Test
    void aPromptWithoutBracketsIsEncodedAsEver() {
        NDArray plain = pipeline.encodePrompts(manager, List.of("a red heart"));
        NDArray weighted = pipeline.encodeWeightedPrompts(manager, List.of("a red heart"));
        Fixtures.assertClose(weighted, plain, 1e-6);
    }

    @Test
    void longPromptsAreReadWhole() {
        NDArray embeddings =
                pipeline.encodeWeightedPrompts(manager, List.of("red ".repeat(100) + "(heart:1.5)", "a blue star"));
        assertThat(embeddings.getShape()).isEqualTo(new Shape(2, 2 * 77, 32));
        NDArray empty = pipeline.encodePrompts(manager, List.of(""));
        Fixtures.assertClose(embeddings.get("1:2, 77:"), empty, 1e-5);
        assertThat(manager.getManagedArrays()).hasSize(3);
    }

    @Test
    void weightsChangeTheImageOnlyIfTheyAreAskedFor() {
        GenerationRequestBuilder request =
                GenerationRequest.of("a (red:1.4) heart").numInferenceSteps(3).seed(7);
        GeneratedImages text = pipeline.generate(request.build());
        NDArray weighted =
                pipeline.generateLatents(manager, request.promptWeighting(true).build());
        NDArray more = pipeline.generateLatents(
                manager, request.prompts(List.of("a (red:1.8) heart")).build());
        NDArray as = pipeline.generateLatents(
                manager,
                GenerationRequest.of(pipeline.encodeWeightedPrompts(manager, List.of("a (red:1.8) heart")))
                        .numInferenceSteps(3)
                        .seed(7)
                        .build());
        assertThat(weighted.contentEquals(more)).isFalse();
        Fixtures.assertClose(as, more, 1e-4);
        assertThat(text.notes()).isEmpty();
    }

    @Test
    void aShortNegativePromptIsFilledUpBesideALongOne() {
        GenerationRequest request = GenerationRequest.of("red ".repeat(200))
                .negativePrompt("[blurry] BREAK (dark)")
                .promptWeighting(true)
                .numInferenceSteps(2)
                .seed(7)
                .build();
        GeneratedImages images = pipeline.generate(request);
        assertThat(images.images()).hasSize(1);
        assertThat(images.notes()).as("nothing was cut").isEmpty();
    }

    @Test
    void unbalancedBracketsAreRefusedBeforeAnythingIsDone() {
        assertThatThrownBy(() -> GenerationRequest.of("a (red heart")
                        .promptWeighting(true)
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has a '(' at character 3 that is not closed");
        assertThat(GenerationRequest.of("a (red heart").build().prompts()).hasSize(1);
    }
}
