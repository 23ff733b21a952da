package dev.text2image.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses the JSON header of a safetensors file: the syntax, the types and unique names. How tensors lie in the data is
 * {@link SafeTensorsLayout}'s affair.
 */
final class SafeTensorsHeader {
    private static final String METADATA = "__metadata__";
    private static final Pattern NATURAL_NUMBER = Pattern.compile("0|[1-9][0-9]*");

    private final Path file;
    private final JsonReader reader;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private @Nullable Map<String, String> metadata;

    private SafeTensorsHeader(Path file, Reader text) {
        this.file = file;
        reader = new JsonReader(text);
        reader.setStrictness(Strictness.STRICT);
    }

    /**
     * Parses a header.
     *
     * @param file the file, for messages
     * @param text the header's text, which fails on bytes that are not UTF-8
     * @return the parsed header
     * @throws SafeTensorsException if the header is not what the format asks for
     * @throws IOException if the file cannot be read
     */
    static SafeTensorsHeader parse(Path file, Reader text) throws IOException {
        BufferedReader buffered = new BufferedReader(text);
        SafeTensorsHeader header = new SafeTensorsHeader(file, buffered);
        try {
            header.refuseByteOrderMark(buffered);
            header.readObject();
        } catch (CharacterCodingException e) {
            throw header.broken("the header is not UTF-8 text");
        } catch (MalformedJsonException | EOFException | IllegalStateException e) {
            throw header.broken("the header is not JSON of the expected form (" + firstLine(e) + ")");
        }
        return header;
    }

    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata == null ? Map.of() : metadata;
    }

    /** Gson would skip the mark; other readers of the format refuse it. */
    private void refuseByteOrderMark(Reader text) throws IOException {
        text.mark(1);
        if (text.read() == '\ufeff') {
            throw broken("the header is not JSON of the expected form (it begins with a byte order mark)");
        }
        text.reset();
    }

    private void readObject() throws IOException {
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (name.equals(METADATA)) {
                readMetadata();
            } else if (tensors.put(name, readTensor(name)) != null) {
                throw broken("the header names the tensor '" + name + "' twice");
            }
        }
        reader.endObject();
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw broken("something follows the JSON object in the header");
        }
    }

    private void readMetadata() throws IOException {
        if (metadata != null) {
            throw broken("the header has " + METADATA + " twice");
        }
        metadata = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            expect(JsonToken.STRING, METADATA + "." + key);
            if (metadata.put(key, reader.nextString()) != null) {
                throw broken(METADATA + " has '" + key + "' twice");
            }
        }
        reader.endObject();
    }

    private TensorInfo readTensor(String name) throws IOException {
        @Nullable DType dtype = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        reader.beginObject();
        while (reader.hasNext()) {
            String field = reader.nextName();
            switch (field) {
                case "dtype" -> dtype = once(name, field, dtype, readDType(name));
                case "shape" -> shape = once(name, field, shape, readNumbers(name + ".shape"));
                case "data_offsets" -> offsets = once(name, field, offsets, readNumbers(name + ".data_offsets"));
                default -> reader.skipValue();
            }
        }
        reader.endObject();
        if (dtype == null || shape == null || offsets == null) {
            throw broken("the tensor '" + name + "' lacks one of dtype, shape and data_offsets");
        }
        if (offsets.size() != 2) {
            throw broken("data_offsets of '" + name + "' has " + offsets.size() + " numbers instead of 2");
        }
        return new TensorInfo(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private <T> T once(String name, String field, @Nullable T earlier, T value) {
        if (earlier != null) {
            throw broken("the tensor '" + name + "' has " + field + " twice");
        }
        return value;
    }

    private DType readDType(String name) throws IOException {
        expect(JsonToken.STRING, name + ".dtype");
        String dtype = reader.nextString();
        return DType.named(dtype)
                .orElseThrow(() -> broken("the tensor '" + name + "' has the unknown dtype '" + dtype + "'"));
    }

    private List<Long> readNumbers(String what) throws IOException {
        List<Long> numbers = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            expect(JsonToken.NUMBER, what);
            numbers.add(toLong(what, reader.nextString()));
        }
        reader.endArray();
        return numbers;
    }

    private long toLong(String what, String number) {
        if (!NATURAL_NUMBER.matcher(number).matches()) {
            throw broken(what + " holds " + number + ", which is not an integer of 0 or more");
        }
        try {
            return Long.parseLong(number);
        } catch (NumberFormatException e) {
            throw broken(what + " holds " + number + ", which overflows 63 bits");
        }
    }

    private void expect(JsonToken expected, String what) throws IOException {
        JsonToken found = reader.peek();
        if (found != expected) {
            throw broken(what + " is of the JSON type " + found + " instead of " + expected);
        }
    }

    private SafeTensorsException broken(String problem) {
        return SafeTensorsException.broken(file, problem);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("no detail");
    }
}
