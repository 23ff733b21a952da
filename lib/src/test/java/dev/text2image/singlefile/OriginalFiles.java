package dev.text2image.singlefile;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.DType;
import dev.text2image.io.Json;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.io.TensorData;
import dev.text2image.testing.Fixtures;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** Single files with the original names; {@code parity/make_single_file_fixtures.py} lists them. */
final class OriginalFiles {
    private static final JsonObject FIXTURE = Json.readObject(Fixtures.DIRECTORY.resolve("single_files.json"));
    private static final Map<String, String> WEIGHTS = Map.of(
            "unet", "diffusion_pytorch_model.safetensors",
            "vae", "diffusion_pytorch_model.safetensors",
            "text_encoder", "model.safetensors");

    private OriginalFiles() {}

    /** Joins the tensors of a tiny model's directory to those of its single file. */
    static Map<String, TensorData> tiny(String name) {
        Map<String, SafeTensorsFile> files = new HashMap<>();
        try {
            WEIGHTS.forEach((folder, file) -> files.put(
                    folder,
                    SafeTensorsFile.open(
                            Fixtures.DIRECTORY.resolve(name).resolve(folder).resolve(file))));
            Map<String, TensorData> tensors = new LinkedHashMap<>();
            FIXTURE.getAsJsonObject(name).asMap().forEach((key, entry) -> {
                JsonObject found = entry.getAsJsonObject();
                List<? extends ByteBuffer> parts = StreamSupport.stream(
                                found.getAsJsonArray("of").spliterator(), false)
                        .map(JsonElement::getAsString)
                        .map(source -> source.split("/", 2))
                        .map(source -> Objects.requireNonNull(files.get(source[0]), source[0])
                                .data(source[1]))
                        .toList();
                tensors.put(key, new TensorData(DType.F32, shape(found.getAsJsonArray("shape")), join(parts)));
            });
            return tensors;
        } finally {
            files.values().forEach(SafeTensorsFile::close);
        }
    }

    private static ByteBuffer join(List<? extends ByteBuffer> parts) {
        ByteBuffer joined = ByteBuffer.allocate(
                parts.stream().mapToInt(ByteBuffer::remaining).sum());
        parts.forEach(joined::put);
        return joined.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<Long> shape(JsonArray array) {
        return array.asList().stream().map(JsonElement::getAsLong).toList();
    }

    /** Writes the single file of a tiny model. */
    static Path writeTiny(String name, Path file) {
        SafeTensorsWriter.write(file, tiny(name));
        return file;
    }

    /** Writes a file of Stable Diffusion's full size whose numbers are a hole, which takes no space on the disk. */
    static Path writeHollow(String name, Path file) throws IOException {
        JsonObject header = new JsonObject();
        long end = 0;
        for (Map.Entry<String, JsonElement> entry :
                FIXTURE.getAsJsonObject(name).entrySet()) {
            List<Long> shape = shape(entry.getValue().getAsJsonArray());
            JsonArray offsets = new JsonArray();
            offsets.add(end);
            end += 2 * shape.stream().reduce(1L, (a, b) -> a * b);
            offsets.add(end);
            JsonObject tensor = new JsonObject();
            tensor.addProperty("dtype", "F16");
            tensor.add("shape", entry.getValue());
            tensor.add("data_offsets", offsets);
            header.add(entry.getKey(), tensor);
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.writeLong(Long.reverseBytes(text.length));
            out.write(text);
            out.setLength(Long.BYTES + text.length + end);
        }
        return file;
    }
}
