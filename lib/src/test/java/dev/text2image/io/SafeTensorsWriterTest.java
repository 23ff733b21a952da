package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsWriterTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void roundTripsEveryTypeAndShape(DType dtype) {
        Random random = new Random(dtype.bits());
        Map<String, TensorData> tensors = new HashMap<>();
        for (List<Long> shape : List.<List<Long>>of(List.of(8L), List.of(0L), List.of(2L, 0L, 3L), List.of(2L, 4L))) {
            tensors.put("t" + shape, tensor(dtype, shape, random));
        }
        if (dtype.bits() % 8 == 0) {
            tensors.put("scalar", tensor(dtype, List.of(), random));
        }
        Path path = directory.resolve("all.safetensors");
        SafeTensorsWriter.write(path, tensors);
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.tensors().keySet()).isEqualTo(tensors.keySet());
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
            tensors.forEach((name, tensor) -> {
                assertThat(file.info(name).dtype()).isEqualTo(dtype);
                assertThat(file.info(name).shape()).isEqualTo(tensor.shape());
                assertThat(file.data(name)).isEqualTo(tensor.data());
            });
        }
    }

    @Test
    void laysOutAsTheFormatsOwnLibraryDoes() throws IOException {
        Map<String, TensorData> tensors = new LinkedHashMap<>();
        tensors.put("b", new TensorData(DType.F32, List.of(1L), ByteBuffer.allocate(4)));
        tensors.put("half", new TensorData(DType.F16, List.of(1L), ByteBuffer.allocate(2)));
        tensors.put("long", new TensorData(DType.I64, List.of(), ByteBuffer.allocate(8)));
        tensors.put("a", new TensorData(DType.F32, List.of(1L), ByteBuffer.allocate(4)));
        Path path = directory.resolve("order.safetensors");
        SafeTensorsWriter.write(path, tensors);
        String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"long\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
                + "\"half\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[16,18]}}";
        assertThat(text.substring(8)).startsWith(header);
        int headerSize = text.charAt(0) + 256 * text.charAt(1);
        assertThat(headerSize % 8).isZero();
        assertThat(text.substring(8 + header.length(), 8 + headerSize)).isBlank();
        assertThat(text).hasSize(8 + headerSize + 18);
    }

    @ParameterizedTest
    @EnumSource(names = {"BOOL", "U8", "I8", "F16", "I32", "F32", "F64", "I64"})
    void roundTripsArrays(DType dtype) {
        Path path = directory.resolve("arrays.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.arange(0f, 6f).reshape(2, 3).toType(dtype.dataType(), true);
            NDArray scalar = manager.create(3f).toType(dtype.dataType(), true);
            NDArray empty = manager.create(new Shape(0, 4), dtype.dataType());
            Map<String, NDArray> arrays =
                    Map.of("array", array, "transposed", array.transpose(), "scalar", scalar, "empty", empty);
            SafeTensorsWriter.writeArrays(path, arrays, Map.of("step", "7"));
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                assertThat(file.metadata()).isEqualTo(Map.of("step", "7"));
                arrays.forEach((name, expected) -> {
                    NDArray found = file.read(manager, name);
                    assertThat(found.getDataType()).isEqualTo(expected.getDataType());
                    assertThat(found.getShape()).isEqualTo(expected.getShape());
                    assertThat(found.size() == 0 || found.toByteBuffer().equals(expected.toByteBuffer()))
                            .isTrue();
                });
            }
        }
    }

    @Test
    void bfloat16BecomesFloat32() {
        ByteBuffer data = ByteBuffer.wrap(new byte[] {(byte) 0x80, 0x3f, (byte) 0x20, (byte) 0xc0});
        Path path = directory.resolve("bf16.safetensors");
        SafeTensorsWriter.write(path, Map.of("t", new TensorData(DType.BF16, List.of(2L), data)));
        try (SafeTensorsFile file = SafeTensorsFile.open(path);
                NDManager manager = NDManager.newBaseManager()) {
            assertThat(file.read(manager, "t").toFloatArray()).containsExactly(1f, -2.5f);
        }
    }

    @Test
    void arraysThatWereReadAreTheCallersToChange() {
        Path path = directory.resolve("own.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            SafeTensorsWriter.writeArrays(path, Map.of("t", manager.ones(new Shape(3))));
            NDArray array;
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                array = file.read(manager, "t");
            }
            array.addi(1);
            assertThat(array.toFloatArray()).containsExactly(2f, 2f, 2f);
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                assertThat(file.data("t").getFloat()).isEqualTo(1f);
            }
        }
    }

    @Test
    void writingAndReadingLeaveNoArrayBehind() {
        Path path = directory.resolve("leak.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray transposed = manager.ones(new Shape(3, 2)).transpose();
            SafeTensorsWriter.writeArrays(path, Map.of("t", transposed));
            int before = manager.getManagedArrays().size();
            SafeTensorsWriter.writeArrays(path, Map.of("t", transposed));
            assertThat(manager.getManagedArrays()).hasSize(before);
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                file.read(manager, "t").close();
            }
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void refusesWhatCannotBeRead() {
        ByteBuffer four = ByteBuffer.allocate(4);
        assertRefused("__metadata__", new TensorData(DType.F32, List.of(1L), four), "choose another name");
        assertRefused("t", new TensorData(DType.F32, List.of(2L), four), "needs 8 bytes but its buffer has 4");
        assertRefused("t", new TensorData(DType.F4, List.of(7L), four), "28 bits");
        assertRefused("t", new TensorData(DType.F32, List.of(-1L), four), "negative");
        assertRefused("t", new TensorData(DType.F32, List.of(Long.MAX_VALUE, 2L), four), "overflows");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void namesTypesThatTheEngineLacks() {
        assertThatThrownBy(DType.F8_E4M3::dataType)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("F8_E4M3 has no counterpart");
        assertThatThrownBy(DType.BF16::dataType).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> DType.of(DataType.COMPLEX64))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("bfloat16 appears as complex64");
    }

    private void assertRefused(String name, TensorData tensor, String problem) {
        assertThatThrownBy(() -> SafeTensorsWriter.write(directory.resolve("bad.safetensors"), Map.of(name, tensor)))
                .isInstanceOf(SafeTensorsException.class)
                .hasMessageContaining(problem);
    }

    private static TensorData tensor(DType dtype, List<Long> shape, Random random) {
        long count = shape.stream().reduce(1L, (a, b) -> a * b);
        byte[] bytes = new byte[(int) (count * dtype.bits() / 8)];
        random.nextBytes(bytes);
        return new TensorData(dtype, shape, ByteBuffer.wrap(bytes));
    }
}
