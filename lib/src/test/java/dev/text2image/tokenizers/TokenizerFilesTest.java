package dev.text2image.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each generation of files, with a vocabulary of 23 tokens and with CLIP's. */
class TokenizerFilesTest {
    private static final List<String> TOKENS = List.of(
            "l",
            "o",
            "w",
            "e",
            "r",
            "s",
            "t",
            "i",
            "d",
            "n",
            "lo",
            "l</w>",
            "w</w>",
            "r</w>",
            "t</w>",
            "low</w>",
            "er</w>",
            "lowest</w>",
            "newer</w>",
            "wider",
            "<unk>",
            "<|startoftext|>",
            "<|endoftext|>");
    private static final List<String> MERGES = List.of("l o", "lo w</w>", "e r</w>");

    @TempDir
    private Path directory;

    @BeforeEach
    void writeSmallTokenizer() throws IOException {
        Json.write(file("vocab.json"), vocabulary());
        Files.writeString(file("merges.txt"), "#version: 0.2\n" + String.join("\n", MERGES) + "\n");
        Files.writeString(file("special_tokens_map.json"), "{\"unk_token\": \"<unk>\"}");
    }

    @Test
    void followsUpstreamsSmallVocabulary() {
        CLIPTokenizer tokenizer = CLIPTokenizer.load(directory);
        assertThat(tokenizer.tokenize("lower newer")).containsExactly("lo", "w", "er</w>", "n", "e", "w", "er</w>");
        assertThat(tokenizer.encode("lower newer x").ids().subList(0, 10))
                .containsExactly(21, 10, 2, 16, 9, 3, 2, 16, 20, 22);
        assertThat(tokenizer.encode("<|endoftext|>").ids().subList(0, 3)).containsExactly(21, 22, 22);
    }

    @Test
    void readsTokenizerJsonAloneAndSavesBothForms() throws IOException {
        writeTokenizerJson();
        Files.delete(file("vocab.json"));
        Files.delete(file("merges.txt"));
        Files.writeString(file("tokenizer_config.json"), "{\"unk_token\": \"<unk>\", \"model_max_length\": 5}");
        CLIPTokenizer tokenizer = CLIPTokenizer.load(directory);
        assertThat(tokenizer.encode("low low low low").ids()).containsExactly(21, 15, 15, 15, 22);
        assertThat(tokenizer.tokenize("<low-x>")).containsExactly("<low-x>");
        Path saved = directory.resolve("saved");
        tokenizer.save(saved);
        assertThat(names(saved))
                .containsExactly(
                        "added_tokens.json",
                        "merges.txt",
                        "special_tokens_map.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "vocab.json");
        assertThat(CLIPTokenizer.load(saved).encode("low <low-x> z")).isEqualTo(tokenizer.encode("low <low-x> z"));
    }

    @Test
    void savesWhatItLoaded() throws IOException {
        Path first = directory.resolve("first");
        CLIPTokenizer.load(ClipFiles.DIRECTORY).save(first);
        assertThat(names(first))
                .containsExactly("merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json");
        for (String name : names(first)) {
            assertThat(first.resolve(name)).hasSameTextualContentAs(ClipFiles.DIRECTORY.resolve(name));
        }
    }

    @Test
    void padsAsStableDiffusionTwoDoes() throws IOException {
        Path copy = directory.resolve("sd2");
        CLIPTokenizer.load(ClipFiles.DIRECTORY).save(copy);
        Files.writeString(copy.resolve("tokenizer_config.json"), "{\"pad_token\": \"<|endoftext|>\"}");
        Files.writeString(copy.resolve("special_tokens_map.json"), "{\"pad_token\": \"!\"}");
        CLIPTokenizer tokenizer = CLIPTokenizer.load(copy);
        assertThat(tokenizer.padTokenId()).isZero();
        // The padding token is found in the text too, as on the hub, where "!" would be 256 otherwise.
        assertThat(tokenizer.encode("hello!").ids().subList(0, 5)).containsExactly(49406, 3306, 0, 49407, 0);
        tokenizer.save(copy);
        assertThat(CLIPTokenizer.load(copy).encode("hello!")).isEqualTo(tokenizer.encode("hello!"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "vocab.json|[]|holds a JSON array",
                "vocab.json|{\"a\": \"b\"}|where an integer",
                "vocab.json|{\"a\": 0, \"b\": 0}|the id 0, which is negative or taken",
                "vocab.json|{\"a\": 0}|the vocabulary has no token",
                "merges.txt|l o w|two tokens with a space between",
                "merges.txt|s z|has no token 'z'",
                "special_tokens_map.json|{\"pad_token\": \"[PAD]\"}|'[PAD]', which its vocabulary lacks",
                "special_tokens_map.json|{\"pad_token\": 7}|where a text",
                "tokenizer_config.json|{\"model_max_length\": 2}|an integer of 3 or more",
                "tokenizer_config.json|{\"added_tokens_decoder\": {\"x\": {\"content\": \"l\"}}}|the token's id",
                "tokenizer_config.json|{\"added_tokens_decoder\": {\"7\": {\"content\": \"l\"}}}|vocabulary gives it 0",
            })
    void malformedFilesEndInOneClearError(String name, String content, String problem) throws IOException {
        Files.writeString(file(name), content);
        assertThatThrownBy(() -> CLIPTokenizer.load(directory))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining(problem);
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        Files.delete(file("merges.txt"));
        assertThatThrownBy(() -> CLIPTokenizer.load(directory)).hasMessageContaining("merges.txt");
        assertThatThrownBy(() -> CLIPTokenizer.load(file("none")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("looked for vocab.json with merges.txt, and for tokenizer.json");
        Files.writeString(file("bad.gz"), "not gzip");
        assertThatThrownBy(() -> CLIPTokenizer.fromBpeVocabulary(file("bad.gz")))
                .isInstanceOf(InvalidInputException.class);
    }

    private void writeTokenizerJson() {
        JsonObject model = new JsonObject();
        model.addProperty("type", "BPE");
        model.addProperty("end_of_word_suffix", "</w>");
        model.add("vocab", vocabulary());
        JsonArray merges = new JsonArray();
        MERGES.forEach(merges::add);
        model.add("merges", merges);
        JsonObject token = new JsonObject();
        token.addProperty("id", TOKENS.size());
        token.addProperty("content", "<low-x>");
        JsonArray added = new JsonArray();
        added.add(token);
        JsonObject tokenizer = new JsonObject();
        tokenizer.add("added_tokens", added);
        tokenizer.add("model", model);
        Json.write(file("tokenizer.json"), tokenizer);
    }

    private static JsonObject vocabulary() {
        JsonObject vocabulary = new JsonObject();
        TOKENS.forEach(token -> vocabulary.addProperty(token, vocabulary.size()));
        return vocabulary;
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
