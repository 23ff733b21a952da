package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
    private static final String CONFIG = """
            {
              "sample_size": 64,
              "act_fn": "silu",
              "beta_start": 0.00085,
              "clip_sample": false,
              "upcast": null,
              "attention_head_dim": 8,
              "heads": [
                5,
                10
              ],
              "nested": {
                "flags": [
                  true,
                  false
                ]
              }
            }
            """;

    @TempDir
    private Path directory;

    @Test
    void readsFieldsByType() throws IOException {
        JsonFields fields = JsonFields.read(write(CONFIG));
        assertThat(fields.intOr("sample_size", 0)).isEqualTo(64);
        assertThat(fields.string("act_fn")).isEqualTo("silu");
        assertThat(fields.doubleOr("beta_start", 0)).isEqualTo(0.00085);
        assertThat(fields.doubleOr("sample_size", 0)).isEqualTo(64.0);
        assertThat(fields.booleanOr("clip_sample", true)).isFalse();
        assertThat(fields.booleanOr("upcast", true)).isTrue();
        assertThat(fields.has("upcast")).isFalse();
        assertThat(fields.intListOr("heads", List.of())).containsExactly(5, 10);
        assertThat(fields.intListOr("absent", List.of(1))).containsExactly(1);
        assertThat(fields.intsOr("attention_head_dim", 3, 1)).containsExactly(8, 8, 8);
        assertThat(fields.intsOr("heads", 2, 1)).containsExactly(5, 10);
        assertThat(fields.fields("nested").orElseThrow().booleansOr("flags", 2, false))
                .containsExactly(true, false);
    }

    @Test
    void nameFileFieldValueAndExpectation() throws IOException {
        Path file = write(CONFIG);
        JsonFields fields = JsonFields.read(file);
        assertWrong(() -> fields.intOr("act_fn", 0), "'act_fn' is \"silu\", a JSON string, where an integer");
        assertWrong(() -> fields.intOr("beta_start", 0), "'beta_start' is 8.5E-4");
        assertWrong(() -> fields.stringOr("heads", ""), "'heads' is [5,10], a JSON array, where a text");
        assertWrong(() -> fields.booleanOr("sample_size", true), "where true or false");
        assertWrong(() -> fields.stringListOr("heads", List.of()), "'heads[0]' is 5");
        assertWrong(() -> fields.intsOr("heads", 3, 1), "a list of 3 or a single value");
        assertWrong(() -> fields.fields("heads"), "where an object");
        assertWrong(() -> fields.string("absent"), "lacks the field 'absent'");
        assertWrong(() -> fields.intOr("act_fn", 0), file.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1]|holds a JSON array where an object",
                "|is not valid JSON",
                "{|is not valid JSON",
                "{} x|is not valid JSON",
                "{\"a\":NaN}|is not valid JSON",
                "{\"a\":1e999}|1e999 is out of range",
                "{\"a\":1,\"a\":2}|the field 'a' appears twice",
                "{'a':1}|is not valid JSON",
                "{\"a\":1,}|is not valid JSON",
            })
    void refusesWhatIsNotAnObjectInStrictJson(String text, String problem) throws IOException {
        Path file = write(text == null ? "" : text);
        assertWrong(() -> Json.readObject(file), file.toString());
        assertWrong(() -> Json.readObject(file), problem);
    }

    @Test
    void refusesDepthSizeAndBytes() throws IOException {
        Path deep = write("{\"a\":" + "[".repeat(100_000));
        assertWrong(() -> Json.readObject(deep), "is not valid JSON");
        Path binary = Files.write(directory.resolve("binary.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertWrong(() -> Json.readObject(binary), "is not UTF-8");
        Path large = directory.resolve("large.json");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(Json.MAX_FILE_SIZE + 1);
        }
        assertWrong(() -> Json.readObject(large), "more than the 52428800");
        assertWrong(() -> Json.readObject(directory.resolve("none.json")), "There is no file");
    }

    @Test
    void writesWithTwoSpacesInTheOrderGiven() throws IOException {
        Path file = directory.resolve("out.json");
        JsonObject object = Json.readObject(write(CONFIG));
        Json.write(file, object);
        assertThat(file).hasContent(CONFIG.replace("0.00085", "8.5E-4"));
        assertThat(Json.readObject(file)).isEqualTo(object);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("config.json"), text);
    }

    private static void assertWrong(ThrowingCallable call, String problem) {
        assertThatThrownBy(call).isInstanceOf(InvalidInputException.class).hasMessageContaining(problem);
    }
}
