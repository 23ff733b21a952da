package dev.text2image.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prompts with weights, against the grammar of the web interface of AUTOMATIC1111 (make_prompt_fixtures.py). */
class WeightedPromptTest {
    private static final CLIPTokenizer TOKENIZER = CLIPTokenizer.load(TinyPipeline.TOKENIZER);

    @TestFactory
    List<DynamicTest> partsTokensAndWeights() throws IOException {
        String json = Files.readString(Fixtures.DIRECTORY.resolve("prompt_weights.json"));
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
            JsonObject row = element.getAsJsonObject();
            String prompt = row.get("prompt").getAsString();
            String name = "'" + prompt.substring(0, Math.min(50, prompt.length())) + "'";
            tests.add(DynamicTest.dynamicTest(name, () -> check(WeightedPrompt.parse(prompt), row)));
        }
        assertThat(tests).hasSizeGreaterThan(50);
        return tests;
    }

    private static void check(WeightedPrompt found, JsonObject expected) {
        assertThat(found.sections()).isEqualTo(sections(expected.getAsJsonArray("sections")));
        JsonArray chunks = expected.getAsJsonArray("chunks");
        List<WeightedTokens> encoded = TOKENIZER.encode(found);
        assertThat(encoded).hasSize(chunks.size());
        for (int i = 0; i < chunks.size(); i++) {
            JsonObject chunk = chunks.get(i).getAsJsonObject();
            assertThat(encoded.get(i).ids())
                    .isEqualTo(chunk.getAsJsonArray("ids").asList().stream()
                            .map(JsonElement::getAsInt)
                            .toList());
            assertThat(encoded.get(i).weights())
                    .isEqualTo(chunk.getAsJsonArray("weights").asList().stream()
                            .map(JsonElement::getAsDouble)
                            .toList());
        }
    }

    private static List<List<WeightedText>> sections(JsonArray expected) {
        return expected.asList().stream()
                .map(section -> section.getAsJsonArray().asList().stream()
                        .map(JsonElement::getAsJsonArray)
                        .map(part -> new WeightedText(
                                part.get(0).getAsString(), part.get(1).getAsDouble()))
                        .toList())
                .toList();
    }

    @Test
    void breakWorksInBracketsToo() {
        assertThat(WeightedPrompt.parse("(a BREAK b:1.3) c").sections())
                .containsExactly(
                        List.of(new WeightedText("a", 1.3)),
                        List.of(new WeightedText("b", 1.3), new WeightedText(" c", 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a (red heart|has a '(' at character 3 that is not closed; balance the brackets, or write \\(",
                "a ((red) heart|has a '(' at character 3 that is not closed",
                "a red) heart|has a ')' at character 6 that closes no '('",
                "a red:1.3) heart|has a ')' at character 10 that closes no '('",
                "a [red heart|has a '[' at character 3 that is not closed",
                "a red] heart|has a ']' at character 6 that closes no '['",
                "a (red] heart|has a ']' at character 7 that closes no '['",
                "a [red:1.3) heart|has a ')' at character 11 that closes no '('",
                "a (red:1.2.3) heart|has the weight '1.2.3'; it must be a number such as 1.3"
            })
    void bracketsWithoutAPartner(String prompt, String message) {
        assertThatThrownBy(() -> WeightedPrompt.parse(prompt))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(prompt);
    }
}
