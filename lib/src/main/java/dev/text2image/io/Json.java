package dev.text2image.io;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * JSON files: read strictly, written for people.
 *
 * <p>Reading refuses what parsers disagree about: comments, trailing text, NaN, duplicate keys. Settings are taken out of an
 * object with {@link JsonFields}.
 */
public final class Json {
    /** The largest file that is read, in bytes. */
    public static final long MAX_FILE_SIZE = 50L * 1024 * 1024;

    private static final int MAX_DEPTH = 100;
    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");
    private static final Pattern PYTHON_NUMBER = Pattern.compile("(\"[a-z_]+\":\\s*)(?:-?Infinity|NaN)(?=\\s*[,}])");
    private static final Gson PRETTY = new GsonBuilder()
            .setFormattingStyle(FormattingStyle.PRETTY.withIndent("  "))
            .disableHtmlEscaping()
            .serializeNulls()
            .create();

    private Json() {}

    /**
     * Reads the JSON object that a file consists of.
     *
     * @param file the file, in UTF-8
     * @return the object, its fields in the order of the file
     * @throws InvalidInputException if the file is missing, too large, not JSON or not an object
     * @throws UncheckedIOException if it cannot be read
     */
    public static JsonObject readObject(Path file) {
        return readObject(file, UnaryOperator.identity());
    }

    private static JsonObject readObject(Path file, UnaryOperator<String> dialect) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException("There is no file " + file + "; check the path.");
        }
        try {
            checkSize(file);
            return parseObject(file, dialect.apply(Files.readString(file)));
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(file + " is not UTF-8 text; download or write it again.", e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads the JSON object that a file consists of, where the file was written by Python's json module: that writes infinities and
     * NaN as bare words, as in {@code "lambda_min_clipped": -Infinity}. A field that holds one is read as null.
     *
     * @param file the file, in UTF-8
     * @return the object, its fields in the order of the file
     * @throws InvalidInputException if the file is missing, too large, not JSON or not an object
     * @throws UncheckedIOException if it cannot be read
     */
    public static JsonObject readPythonObject(Path file) {
        return readObject(file, text -> PYTHON_NUMBER.matcher(text).replaceAll("$1null"));
    }

    /**
     * Writes an object with an indentation of two spaces, its fields in their order, atomically.
     *
     * @param file the file's place
     * @param object the object
     * @throws UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void write(Path file, JsonObject object) {
        AtomicFiles.writeString(file, toPrettyString(object));
    }

    /**
     * Formats an object with an indentation of two spaces, its fields in their order.
     *
     * @param object the object
     * @return the text, ending with a line break
     */
    public static String toPrettyString(JsonObject object) {
        return PRETTY.toJson(object) + "\n";
    }

    private static void checkSize(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_FILE_SIZE) {
            throw new InvalidInputException(file + " has " + size + " bytes, more than the " + MAX_FILE_SIZE
                    + " read as JSON; check that it is the right file.");
        }
    }

    private static JsonObject parseObject(Path file, String text) {
        JsonElement element;
        try (Reader characters = new StringReader(text);
                JsonReader reader = new JsonReader(characters)) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_DEPTH);
            element = readElement(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("something follows the end of the JSON value");
            }
        } catch (IOException | IllegalStateException e) {
            String detail = String.valueOf(e.getMessage()).lines().findFirst().orElse("no detail");
            throw new InvalidInputException(
                    file + " is not valid JSON (" + detail + "); correct it or download it again.", e);
        }
        if (!element.isJsonObject()) {
            throw new InvalidInputException(
                    file + " holds a JSON " + JsonValues.typeOf(element) + " where an object {...} was expected.");
        }
        return element.getAsJsonObject();
    }

    private static JsonElement readElement(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> readObject(reader);
            case BEGIN_ARRAY -> readArray(reader);
            case STRING -> new JsonPrimitive(reader.nextString());
            case NUMBER -> readNumber(reader.nextString());
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NULL -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
            default -> throw new IOException("unexpected " + reader.peek() + " at " + reader.getPath());
        };
    }

    private static JsonObject readObject(JsonReader reader) throws IOException {
        JsonObject object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (object.has(name)) {
                throw new IOException("the field '" + name + "' appears twice at " + reader.getPath());
            }
            object.add(name, readElement(reader));
        }
        reader.endObject();
        return object;
    }

    private static JsonArray readArray(JsonReader reader) throws IOException {
        JsonArray array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
            array.add(readElement(reader));
        }
        reader.endArray();
        return array;
    }

    private static JsonPrimitive readNumber(String number) throws IOException {
        if (INTEGER.matcher(number).matches()) {
            return new JsonPrimitive(Long.parseLong(number));
        }
        double value = Double.parseDouble(number);
        if (!Double.isFinite(value)) {
            throw new IOException("the number " + number + " is out of range");
        }
        return new JsonPrimitive(value);
    }
}
