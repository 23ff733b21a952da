package dev.text2image.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CLIPTokenizerTest {
    private static final CLIPTokenizer TOKENIZER = CLIPTokenizer.load(ClipFiles.DIRECTORY);

    /** The 48 texts whose ids two reference tokenizers gave. */
    static Stream<Arguments> referenceTexts() throws IOException {
        try (InputStream bytes = CLIPTokenizerTest.class.getResourceAsStream("/clip_tokenizer_cases.json");
                Reader text = new InputStreamReader(Objects.requireNonNull(bytes), StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(text).getAsJsonObject().getAsJsonArray("cases").asList().stream()
                    .map(item -> Arguments.of(
                            item.getAsJsonObject().get("text").getAsString(), ids(item.getAsJsonObject())));
        }
    }

    @ParameterizedTest(name = "[{index}]")
    @MethodSource("referenceTexts")
    void givesTheIdsOfTheReference(String text, List<Integer> expected) {
        TokenizedText found = TOKENIZER.encode(text);
        List<Integer> padded = new ArrayList<>(expected);
        if (expected.size() > 77) {
            padded = new ArrayList<>(expected.subList(0, 76));
            padded.add(49407);
        }
        padded.addAll(Collections.nCopies(77 - padded.size(), 49407));
        assertThat(found.ids()).isEqualTo(padded);
        assertThat(found.tokenCount()).isEqualTo(expected.size());
        assertThat(found.truncated()).isEqualTo(expected.size() > 77);
    }

    @Test
    void showsAndDecodesTokens() {
        assertThat(TOKENIZER.tokenize("A PHOTO of yoda's cat!"))
                .containsExactly("a</w>", "photo</w>", "of</w>", "yoda</w>", "'s</w>", "cat</w>", "!</w>");
        assertThat(TOKENIZER.decode(TOKENIZER.encode("Café   on 2 hills").ids()))
                .isEqualTo("café on 2 hills");
        assertThat(TOKENIZER.decode(List.of())).isEmpty();
        assertThatThrownBy(() -> TOKENIZER.decode(List.of(49408)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("49408");
    }

    @Test
    void knowsTheNumbersOfStableDiffusion() {
        assertThat(TOKENIZER.maxLength()).isEqualTo(77);
        assertThat(TOKENIZER.vocabularySize()).isEqualTo(49408);
        assertThat(List.of(TOKENIZER.bosTokenId(), TOKENIZER.eosTokenId(), TOKENIZER.padTokenId()))
                .containsExactly(49406, 49407, 49407);
        assertThat(TOKENIZER.encode(List.of("a", "b"))).hasSize(2);
        assertThat(TOKENIZER.encode("a dog").toLongArray())
                .startsWith(49406, 320, 1929, 49407)
                .hasSize(77);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xa\u0303y\u00a0\u2028\tz", "", " ", "\ud83d", "a'", "\u0130\u03a3"})
    void anyTextGivesSeventySevenIds(String text) {
        assertThat(TOKENIZER.encode(text).ids()).hasSize(77);
    }

    @Test
    void longWordsTakeNoQuadraticTime() {
        TokenizedText text = TOKENIZER.encode("a".repeat(1_000_000));
        assertThat(text.truncated()).isTrue();
        assertThat(text.tokenCount()).isGreaterThan(100_000);
    }

    private static List<Integer> ids(JsonObject item) {
        String name = item.has("hf_fast_ids") ? "hf_fast_ids" : "openai_ids";
        return item.getAsJsonArray(name).asList().stream()
                .map(id -> id.getAsInt())
                .toList();
    }
}
