package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What brackets in prompts do to embeddings and images. */
class PromptWeightingTest {
    @TempDir
    private static Path directory;

    private static StableDiffusionPipeline pipeline;

    private final NDManager manager = Torch.newManager(Device.cpu());

    @BeforeAll
    static void load() {
        TinyPipeline.write(directory.resolve("tiny"));
        pipeline = StableDiffusionPipeline.fromPretrained(directory.resolve("tiny"), TinyPipeline.OPTIONS);
    }

    @AfterAll
    static void closePipeline() {
        pipeline.close();
    }

    @AfterEach
    void close() {
        manager.close();
    }

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
