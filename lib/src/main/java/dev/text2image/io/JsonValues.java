package dev.text2image.io;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Turns JSON values into Java's, with errors that name the file, the field, the value and the type expected.
 *
 * @param file the file that the values came from
 */
record JsonValues(Path file) {
    /** Names the JSON type of a value, for messages. */
    static String typeOf(JsonElement value) {
        if (value instanceof JsonPrimitive primitive) {
            return primitive.isString() ? "string" : primitive.isNumber() ? "number" : "boolean";
        }
        return value.isJsonObject() ? "object" : value.isJsonArray() ? "array" : "null";
    }

    String toText(String name, JsonElement value) {
        return primitive(name, value, "a text", JsonPrimitive::isString).getAsString();
    }

    boolean toBoolean(String name, JsonElement value) {
        return primitive(name, value, "true or false", JsonPrimitive::isBoolean).getAsBoolean();
    }

    double toDouble(String name, JsonElement value) {
        return primitive(name, value, "a number", JsonPrimitive::isNumber).getAsDouble();
    }

    int toInt(String name, JsonElement value) {
        double number =
                primitive(name, value, "an integer", JsonPrimitive::isNumber).getAsDouble();
        if (number != (int) number) {
            throw mismatch(name, value, "an integer of 32 bits");
        }
        return (int) number;
    }

    private JsonPrimitive primitive(
            String name, JsonElement value, String expected, Predicate<JsonPrimitive> isExpected) {
        if (value instanceof JsonPrimitive primitive && isExpected.test(primitive)) {
            return primitive;
        }
        throw mismatch(name, value, expected);
    }

    InvalidInputException mismatch(String name, JsonElement value, String expected) {
        return new InvalidInputException(file + ": the field '" + name + "' is " + shorten(value) + ", a JSON "
                + typeOf(value) + ", where " + expected + " was expected; correct the file.");
    }

    static String shorten(JsonElement value) {
        String text = String.valueOf(value);
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
