package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComponentWeightsTest {
    private static final String BASE = "diffusion_pytorch_model";

    @TempDir
    private Path directory;

    @Test
    void readsASingleFile() {
        save(BASE + ".safetensors", "a");
        save(BASE + ".fp16.safetensors", "b");
        try (ComponentWeights weights = ComponentWeights.open(directory, BASE, null)) {
            assertThat(weights.names()).containsExactly("a");
        }
        try (ComponentWeights weights = ComponentWeights.open(directory, BASE, "fp16");
                NDManager manager = NDManager.newBaseManager()) {
            assertThat(weights.read(manager, "b").getLong()).isEqualTo(5);
            assertThatThrownBy(() -> weights.info("a"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no tensor 'a'");
        }
    }

    @Test
    void readsShardsByTheirIndex() throws IOException {
        save(BASE + ".fp16-00001-of-00002.safetensors", "a");
        save(BASE + ".fp16-00002-of-00002.safetensors", "b");
        writeIndex(
                BASE + ".safetensors.index.fp16.json",
                "\"b\":\"" + BASE + ".fp16-00002-of-00002.safetensors\",\"a\":\"" + BASE
                        + ".fp16-00001-of-00002.safetensors\"");
        try (ComponentWeights weights = ComponentWeights.open(directory, BASE, "fp16")) {
            assertThat(weights.names()).containsExactly("b", "a");
            assertThat(weights.files()).hasSize(2);
            assertThat(weights.info("a").dtype()).isEqualTo(DType.I64);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x.safetensors", "/etc/x.safetensors", "a/b.safetensors", "..\\\\x.safetensors", "x.bin"})
    void refusesShardsElsewhere(String shard) throws IOException {
        writeIndex(BASE + ".safetensors.index.json", "\"a\":\"" + shard + "\"");
        assertRefused("only .safetensors files in the same directory");
    }

    @Test
    void refusesAnIndexThatDoesNotFit() throws IOException {
        writeIndex(BASE + ".safetensors.index.json", "\"a\":\"s.safetensors\"");
        assertRefused("There is no file");
        save("s.safetensors", "b");
        assertRefused("says that the tensor 'a' is in");
        writeIndex(BASE + ".safetensors.index.json", "\"b\":\"s.safetensors\",\"b\":\"s.safetensors\"");
        assertRefused("appears twice");
        Files.writeString(directory.resolve(BASE + ".safetensors.index.json"), "{}");
        assertRefused("weight_map");
    }

    @Test
    void saysWhatWasLookedForAndWhyPickleIsNotRead() throws IOException {
        assertRefused("looked for " + BASE + ".safetensors and " + BASE + ".safetensors.index.json, found nothing");
        Files.writeString(directory.resolve(BASE + ".bin"), "");
        assertRefused("(" + BASE + ".bin). Pickle is not read");
        assertRefused("pathlib.Path('" + directory + "').rglob('*model*.bin')");
        save(BASE + ".fp16.safetensors", "a");
        assertRefused("check the directory and the variant (such as --variant fp16)");
        assertThatThrownBy(() -> ComponentWeights.open(directory.resolve("none"), BASE, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("There is no directory");
    }

    private void assertRefused(String problem) {
        assertThatThrownBy(() -> ComponentWeights.open(directory, BASE, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(problem);
    }

    private void save(String file, String tensor) {
        ByteBuffer five = ByteBuffer.allocate(8).put(0, (byte) 5);
        SafeTensorsWriter.write(directory.resolve(file), Map.of(tensor, new TensorData(DType.I64, List.of(1L), five)));
    }

    private void writeIndex(String file, String map) throws IOException {
        Files.writeString(directory.resolve(file), "{\"metadata\":{\"total_size\":16},\"weight_map\":{" + map + "}}");
    }
}
