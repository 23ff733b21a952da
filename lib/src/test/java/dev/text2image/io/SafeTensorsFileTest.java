package dev.text2image.io;

import static dev.text2image.io.SafeTensorsBytes.file;
import static dev.text2image.io.SafeTensorsBytes.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsFileTest {
    private static final String I32_PAIR = tensor("test", "I32", "[2,2]", 0, 16);

    @TempDir
    private Path directory;

    static Stream<Arguments> brokenHeaders() {
        String info = "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]";
        return Stream.of(
                broken("empty file", new byte[0], "fewer than the 8"),
                broken("seven bytes", new byte[7], "fewer than the 8"),
                broken("length of 2^63", file(Long.MIN_VALUE, new byte[0], 0), "9223372036854775808 bytes, more than"),
                broken("upstream's too large", file(0xffffff000000003cL, utf8("{" + I32_PAIR + "}"), 0), "more than"),
                broken("100 MB and one", file(100_000_001, new byte[0], 0), "100000001 bytes, more than"),
                broken("header beyond the end", file(60, new byte[0], 0), "claims 60 bytes but 0 follow"),
                broken("not UTF-8", file(1, new byte[] {(byte) 0xff}, 0), "not UTF-8"),
                broken("not UTF-8 in a name", file(5, new byte[] {'{', '"', (byte) 0xc3, '"', ':'}, 0), "not UTF-8"),
                header("half an object", "{", 0, "not JSON"),
                header("no text", "", 0, "not JSON"),
                header("an array", "[]", 0, "not JSON"),
                header("a byte order mark", "\ufeff{}", 0, "not JSON"),
                header("a second value", "{}{}", 0, "header"),
                header("a comment", "{/* */}", 0, "not JSON"),
                header("a trailing NUL", "{}\0", 0, "not JSON"),
                header("a number as tensor", "{\"t\":1}", 0, "not JSON"),
                header("unknown dtype", "{" + tensor("t", "F33", "[1]", 0, 4) + "}", 4, "unknown dtype 'F33'"),
                header("number as dtype", "{\"t\":{\"dtype\":1}}", 0, "t.dtype is of the JSON type NUMBER"),
                header("no dtype", "{\"t\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "lacks one of dtype"),
                header("no shape", "{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "lacks one of dtype"),
                header("no offsets", "{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks one of dtype"),
                header("negative shape", "{" + tensor("t", "F32", "[-1]", 0, 4) + "}", 4, "t.shape holds -1"),
                header("float in shape", "{" + tensor("t", "F32", "[1.0]", 0, 4) + "}", 4, "t.shape holds 1.0"),
                header("text in shape", "{" + tensor("t", "F32", "[\"1\"]", 0, 4) + "}", 4, "JSON type STRING"),
                header("three offsets", info.replace("[0,4]", "[0,4,4]").replaceFirst("^", "{") + "}}", 4, "3 numbers"),
                header("field twice", "{" + info + ",\"dtype\":\"F32\"}}", 4, "has dtype twice"),
                header("tensor twice", "{" + info + "}," + info + "}}", 4, "names the tensor 't' twice"),
                header(
                        "number in metadata",
                        "{\"__metadata__\":{\"a\":1}}",
                        0,
                        "__metadata__.a is of the JSON type NUMBER"),
                header("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ twice"),
                header("metadata key twice", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "has 'a' twice"),
                header("deep nesting", "{\"t\":{\"x\":" + "[".repeat(100_000), 0, "not JSON"));
    }

    static Stream<Arguments> brokenPlaces() {
        return Stream.of(
                header("first tensor late", "{" + tensor("t", "U8", "[4]", 4, 8) + "}", 8, "must begin at 0"),
                header(
                        "a hole",
                        "{" + tensor("a", "U8", "[2]", 0, 2) + "," + tensor("b", "U8", "[2]", 3, 5) + "}",
                        5,
                        "'b' lies at bytes 3 to 5 but must begin at 2"),
                header(
                        "an overlap",
                        "{" + tensor("a", "U8", "[4]", 0, 4) + "," + tensor("b", "U8", "[4]", 2, 6) + "}",
                        6,
                        "must begin at 4"),
                header(
                        "shared data",
                        "{" + tensor("a", "U8", "[4]", 0, 4) + "," + tensor("b", "U8", "[4]", 0, 4) + "}",
                        4,
                        "must begin at 4"),
                header("end before begin", "{" + tensor("t", "U8", "[0]", 4, 0) + "}", 4, "must begin at 0"),
                header("shape beyond 2^63", overflow("18446744073709551614"), 16, "overflows 63 bits"),
                header("product overflows", overflow("9223372036854775807"), 16, "overflows 63 bits"),
                header("bits overflow", "{" + tensor("t", "F32", "[1152921504606846976]", 0, 0) + "}", 0, "overflows"),
                header("half a byte", "{" + tensor("t", "F4", "[3]", 0, 2) + "}", 2, "12 bits"),
                header("too few bytes", "{" + tensor("t", "F32", "[2]", 0, 4) + "}", 4, "needs 8 bytes but has 4"),
                header("truncated data", "{" + I32_PAIR + "}", 15, "take 16 bytes but 15 bytes follow"),
                header("trailing data", "{" + I32_PAIR + "}", 17, "take 16 bytes but 17 bytes follow"),
                header("data without tensors", "{}", 1, "take 0 bytes but 1 bytes follow"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"brokenHeaders", "brokenPlaces"})
    void refusesWhatBreaksARule(String what, byte[] bytes, String problem) throws IOException {
        Path file = write(bytes);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .as(what)
                .isInstanceOf(SafeTensorsException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(problem)
                .hasMessageContaining("again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{} \t\r\n", " \n{}", "{\"__metadata__\":{}}"})
    void acceptsHeadersWithoutTensors(String header) throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(write(file(header, 0)))) {
            assertThat(file.tensors()).isEmpty();
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void acceptsScalarsEmptyTensorsAndAnyOrder() throws IOException {
        String header = "{\"b\":{\"data_offsets\":[4,8],\"shape\":[],\"dtype\":\"F32\",\"later\":{\"x\":[1]}},"
                + tensor("empty", "F64", "[3,0]", 0, 0) + "," + tensor("a", "U8", "[2,2]", 0, 4)
                + ",\"__metadata__\":{\"format\":\"pt\",\"é\":\"\\u00e9\"}}";
        byte[] bytes = file(header, 8);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
        try (SafeTensorsFile file = SafeTensorsFile.open(write(bytes))) {
            assertThat(file.tensors().keySet()).containsExactly("empty", "a", "b");
            assertThat(file.info("b").shape()).isEmpty();
            assertThat(file.info("b").elementCount()).isEqualTo(1);
            assertThat(file.data("b").getFloat()).isNaN();
            assertThat(file.data("empty").remaining()).isZero();
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "é", "é"));
        }
    }

    @Test
    void dataIsReadOnlyAndOutlivesTheFile() throws IOException {
        ByteBuffer data;
        try (SafeTensorsFile file = SafeTensorsFile.open(write(file("{" + I32_PAIR + "}", 16)))) {
            data = file.data("test");
        }
        assertThat(data.isReadOnly()).isTrue();
        assertThat(data.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(data.getInt(12)).isZero();
    }

    @Test
    void refusesManyOverlappingTensorsBeforeTheirDataMatters() throws IOException {
        String tensors = IntStream.range(0, 100_000)
                .mapToObj(i -> tensor("t" + i, "F32", "[4]", 0, 16))
                .collect(Collectors.joining(",", "{", "}"));
        Path file = write(file(tensors, 16));
        assertThatThrownBy(() -> SafeTensorsFile.open(file)).hasMessageContaining("must begin at 16");
    }

    @Test
    void readsBeyondTwoGibibytes() throws IOException {
        long first = 3L << 30;
        String header = "{" + tensor("a", "U8", "[" + first + "]", 0, first) + ","
                + tensor("b", "U8", "[2]", first, first + 2) + "}";
        Path file = write(file(header, 0));
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.seek(sparse.length() + first);
            sparse.write(new byte[] {7, 8});
        }
        try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
            assertThat(opened.data("b").get(1)).isEqualTo((byte) 8);
            assertThatThrownBy(() -> opened.data("a"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("smaller than 2 GiB");
        }
    }

    @Test
    void namesTheMissingTensorAndTheMissingFile() throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(write(file("{}", 0)))) {
            assertThatThrownBy(() -> file.data("conv_in.weight"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no tensor 'conv_in.weight'");
        }
        assertThatThrownBy(() -> SafeTensorsFile.open(directory.resolve("none")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("There is no file");
    }

    @Test
    void everyDTypeIsKnownByItsName() {
        assertThat(List.of(DType.values()))
                .allSatisfy(type -> assertThat(DType.named(type.name())).contains(type));
        assertThat(DType.named("f32")).isEmpty();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("file.safetensors"), bytes);
    }

    private static Arguments broken(String what, byte[] bytes, String problem) {
        return Arguments.of(what, bytes, problem);
    }

    private static Arguments header(String what, String header, int dataSize, String problem) {
        return broken(what, file(header, dataSize), problem);
    }

    private static String overflow(String dimension) {
        return "{" + tensor("t", "F32", "[2," + dimension + "]", 0, 16) + "}";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
