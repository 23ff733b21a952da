package dev.text2image.io;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes safetensors files, byte for byte as the format's own library does: the most aligned types first, then by name.
 *
 * <p>Tensors are written one by one from where they are; at most one is copied at a time. The file appears in its place when it
 * is complete and on the disk.
 */
public final class SafeTensorsWriter {
    private static final String METADATA = "__metadata__";
    private static final Map<String, String> DEFAULT_METADATA = Map.of("format", "pt");
    private static final Comparator<Entry> ORDER = Comparator.comparing(Entry::dtype)
            .reversed()
            .thenComparing(entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private SafeTensorsWriter() {}

    /** Writes the bytes of one tensor. */
    @FunctionalInterface
    private interface Source {
        void writeTo(FileChannel channel) throws IOException;
    }

    /** One tensor that is to be written. */
    private record Entry(String name, DType dtype, List<Long> shape, Source source) {
        long byteSize() {
            return byteSizeOf(name, dtype, shape);
        }
    }

    /**
     * Writes tensors with the metadata {@code {"format": "pt"}}, without which some readers refuse a file.
     *
     * @param file the file's place
     * @param tensors the tensors by name
     * @throws SafeTensorsException if a tensor's buffer does not fit its shape, or a name is reserved
     * @throws java.io.UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void write(Path file, Map<String, TensorData> tensors) {
        write(file, tensors, DEFAULT_METADATA);
    }

    /**
     * Writes tensors.
     *
     * @param file the file's place
     * @param tensors the tensors by name
     * @param metadata free-form text for the header
     * @throws SafeTensorsException if a tensor's buffer does not fit its shape, or a name is reserved
     * @throws java.io.UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void write(Path file, Map<String, TensorData> tensors, Map<String, String> metadata) {
        List<Entry> entries = tensors.entrySet().stream()
                .map(tensor -> entry(tensor.getKey(), tensor.getValue()))
                .toList();
        writeEntries(file, entries, metadata);
    }

    /**
     * Writes arrays with the metadata {@code {"format": "pt"}}.
     *
     * @param file the file's place
     * @param arrays the arrays by name, on any device
     * @throws InvalidInputException if a name is reserved, or an array's type cannot be written, as bfloat16
     * @throws java.io.UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void writeArrays(Path file, Map<String, NDArray> arrays) {
        writeArrays(file, arrays, DEFAULT_METADATA);
    }

    /**
     * Writes arrays.
     *
     * @param file the file's place
     * @param arrays the arrays by name, on any device
     * @param metadata free-form text for the header
     * @throws InvalidInputException if a name is reserved, or an array's type cannot be written, as bfloat16
     * @throws java.io.UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void writeArrays(Path file, Map<String, NDArray> arrays, Map<String, String> metadata) {
        List<Entry> entries = arrays.entrySet().stream()
                .map(array -> entry(array.getKey(), array.getValue()))
                .toList();
        writeEntries(file, entries, metadata);
    }

    private static Entry entry(String name, TensorData tensor) {
        long expected = byteSizeOf(name, tensor.dtype(), tensor.shape());
        if (tensor.data().remaining() != expected) {
            throw new SafeTensorsException("The tensor '" + name + "' of type " + tensor.dtype() + " and shape "
                    + tensor.shape() + " needs " + expected + " bytes but its buffer has "
                    + tensor.data().remaining() + "; pass a buffer of that size.");
        }
        return new Entry(name, tensor.dtype(), tensor.shape(), channel -> writeFully(channel, tensor.data()));
    }

    private static Entry entry(String name, NDArray array) {
        List<Long> shape = Arrays.stream(array.getShape().getShape()).boxed().toList();
        return new Entry(name, DType.of(array.getDataType()), shape, channel -> writeArray(channel, array));
    }

    private static void writeEntries(Path file, List<Entry> unordered, Map<String, String> metadata) {
        List<Entry> entries = unordered.stream().sorted(ORDER).toList();
        byte[] header = header(file, entries, metadata);
        AtomicFiles.writeFile(file, place -> {
            try (FileChannel channel =
                    FileChannel.open(place, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                writeFully(channel, littleEndian(header.length));
                writeFully(channel, ByteBuffer.wrap(header));
                for (Entry entry : entries) {
                    entry.source().writeTo(channel);
                }
            }
        });
    }

    private static byte[] header(Path file, List<Entry> entries, Map<String, String> metadata) {
        byte[] json = headerJson(entries, metadata).getBytes(StandardCharsets.UTF_8);
        int padded = (json.length + 7) / 8 * 8;
        if (padded > SafeTensorsFile.MAX_HEADER_SIZE) {
            throw new SafeTensorsException("The header of " + file + " would take " + padded + " bytes, more than the "
                    + SafeTensorsFile.MAX_HEADER_SIZE + " allowed; write fewer tensors into one file.");
        }
        byte[] header = Arrays.copyOf(json, padded);
        Arrays.fill(header, json.length, padded, (byte) ' ');
        return header;
    }

    private static String headerJson(List<Entry> entries, Map<String, String> metadata) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.beginObject();
            if (!metadata.isEmpty()) {
                json.name(METADATA).beginObject();
                for (Map.Entry<String, String> field : new TreeMap<>(metadata).entrySet()) {
                    json.name(field.getKey()).value(field.getValue());
                }
                json.endObject();
            }
            long position = 0;
            for (Entry entry : entries) {
                position = writeInfo(json, entry, position);
            }
            json.endObject();
        } catch (IOException e) {
            throw new AssertionError("A StringWriter does not fail", e);
        }
        return text.toString();
    }

    private static long writeInfo(JsonWriter json, Entry entry, long begin) throws IOException {
        long end = begin + entry.byteSize();
        json.name(entry.name()).beginObject();
        json.name("dtype").value(entry.dtype().name());
        json.name("shape").beginArray();
        for (long dimension : entry.shape()) {
            json.value(dimension);
        }
        json.endArray();
        json.name("data_offsets").beginArray().value(begin).value(end).endArray();
        json.endObject();
        return end;
    }

    private static long byteSizeOf(String name, DType dtype, List<Long> shape) {
        if (name.equals(METADATA)) {
            throw new SafeTensorsException("A tensor cannot be called '" + METADATA + "'; choose another name.");
        }
        String tensor = "The tensor '" + name + "' of type " + dtype + " and shape " + shape;
        long bits;
        try {
            bits = SafeTensorsLayout.bits(dtype, shape);
        } catch (ArithmeticException e) {
            throw new SafeTensorsException(tensor + " has a size that overflows 63 bits; correct the shape.");
        }
        if (shape.stream().anyMatch(dimension -> dimension < 0)) {
            throw new SafeTensorsException(tensor + " has a negative dimension; correct the shape.");
        }
        if (bits % 8 != 0) {
            throw new SafeTensorsException(tensor + " takes " + bits + " bits; make its shape fill whole bytes.");
        }
        return bits / 8;
    }

    /** Writes an array from a copy in CPU memory that lives as long as this call. */
    private static void writeArray(FileChannel channel, NDArray array) throws IOException {
        if (array.size() == 0) {
            return;
        }
        try (NDManager scratch = array.getManager().newSubManager(Device.cpu());
                NDArray onCpu = array.toDevice(Device.cpu(), true)) {
            onCpu.attach(scratch);
            writeFully(channel, onCpu.toByteBuffer(true));
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer data) throws IOException {
        ByteBuffer remaining = data.duplicate();
        while (remaining.hasRemaining()) {
            channel.write(remaining);
        }
    }

    private static ByteBuffer littleEndian(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .flip();
    }
}
