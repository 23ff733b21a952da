package dev.text2image.io;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The fields of a JSON object, taken out by type. A field of another type is an error that names the file, the field, the value
 * found and the type expected; a field that is {@code null} counts as absent.
 */
public final class JsonFields {
    private final Path file;
    private final JsonObject object;
    private final JsonValues values;

    private JsonFields(Path file, JsonObject object) {
        this.file = file;
        this.object = object;
        values = new JsonValues(file);
    }

    /**
     * Looks at an object.
     *
     * @param file the file it came from, for messages
     * @param object the object
     * @return its fields
     */
    public static JsonFields of(Path file, JsonObject object) {
        return new JsonFields(file, object);
    }

    /**
     * Reads a file and looks at its object.
     *
     * @param file the file
     * @return the fields of its object
     * @throws InvalidInputException if the file is missing or not a JSON object
     */
    public static JsonFields read(Path file) {
        return new JsonFields(file, Json.readObject(file));
    }

    /**
     * Returns where the fields came from.
     *
     * @return the file, for messages
     */
    public Path file() {
        return file;
    }

    /**
     * Tells whether a field is there and not null.
     *
     * @param name the field's name
     * @return true if it has a value
     */
    public boolean has(String name) {
        return object.has(name) && !object.get(name).isJsonNull();
    }

    /**
     * Returns the names of all fields, those that are null too.
     *
     * @return an unmodifiable set in the order of the file
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(object.keySet());
    }

    /**
     * Returns the value of a field as it stands.
     *
     * @param name the field's name
     * @return the value, empty if absent
     */
    public Optional<JsonElement> element(String name) {
        return has(name) ? Optional.of(object.get(name)) : Optional.empty();
    }

    /**
     * Returns a text that must be there.
     *
     * @param name the field's name
     * @return the text
     */
    public String string(String name) {
        return required(name, optionalString(name));
    }

    /**
     * Returns a text.
     *
     * @param name the field's name
     * @return the text, empty if absent
     */
    public Optional<String> optionalString(String name) {
        return element(name).map(value -> values.toText(name, value));
    }

    /**
     * Returns a text.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return the text
     */
    public String stringOr(String name, String absent) {
        return optionalString(name).orElse(absent);
    }

    /**
     * Returns an integer that must be there.
     *
     * @param name the field's name
     * @return the integer, of 32 bits
     */
    public int integer(String name) {
        return required(name, optionalInt(name));
    }

    /**
     * Returns an integer.
     *
     * @param name the field's name
     * @return the integer, of 32 bits, empty if absent
     */
    public Optional<Integer> optionalInt(String name) {
        return element(name).map(value -> values.toInt(name, value));
    }

    /**
     * Returns an integer.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return the integer, of 32 bits
     */
    public int intOr(String name, int absent) {
        return optionalInt(name).orElse(absent);
    }

    /**
     * Returns a number.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return the number
     */
    public double doubleOr(String name, double absent) {
        return element(name).map(value -> values.toDouble(name, value)).orElse(absent);
    }

    /**
     * Returns a number that must be there.
     *
     * @param name the field's name
     * @return the number
     */
    public double number(String name) {
        return required(name, element(name).map(value -> values.toDouble(name, value)));
    }

    /**
     * Returns a truth value.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return the truth value
     */
    public boolean booleanOr(String name, boolean absent) {
        return element(name).map(value -> values.toBoolean(name, value)).orElse(absent);
    }

    /**
     * Returns a list of integers.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return an unmodifiable list
     */
    public List<Integer> intListOr(String name, List<Integer> absent) {
        return list(name, values::toInt).orElse(absent);
    }

    /**
     * Returns integers that a file gives one by one, or as a single number that counts for all.
     *
     * @param name the field's name
     * @param count how many there must be
     * @param absent what each is if the field is absent
     * @return an unmodifiable list of that many integers
     */
    public List<Integer> intsOr(String name, int count, int absent) {
        return spread(name, count, absent, values::toInt);
    }

    /**
     * Returns a list of texts.
     *
     * @param name the field's name
     * @param absent what to return if the field is absent
     * @return an unmodifiable list
     */
    public List<String> stringListOr(String name, List<String> absent) {
        return list(name, values::toText).orElse(absent);
    }

    /**
     * Returns truth values that a file gives one by one, or as a single one that counts for all.
     *
     * @param name the field's name
     * @param count how many there must be
     * @param absent what each is if the field is absent
     * @return an unmodifiable list of that many truth values
     */
    public List<Boolean> booleansOr(String name, int count, boolean absent) {
        return spread(name, count, absent, values::toBoolean);
    }

    /**
     * Returns the fields of an object inside this one.
     *
     * @param name the field's name
     * @return its fields, empty if absent
     */
    public Optional<JsonFields> fields(String name) {
        return element(name).map(value -> toFields(name, value));
    }

    /**
     * Returns the fields of each object in a list.
     *
     * @param name the field's name
     * @return the fields of each, empty if absent
     */
    public List<JsonFields> fieldsList(String name) {
        return list(name, this::toFields).orElse(List.of());
    }

    /**
     * Makes the error for a value that has the right type but cannot be used.
     *
     * @param name the field's name
     * @param expected what was expected, such as {@code "a number from 1 to 1000"}
     * @return the exception, to be thrown by the caller
     */
    public InvalidInputException invalid(String name, String expected) {
        return new InvalidInputException(file + ": the field '" + name + "' is " + JsonValues.shorten(object.get(name))
                + " where " + expected + " was expected; correct the file.");
    }

    /** Takes a value out of a field or of an element of it. */
    @FunctionalInterface
    private interface Conversion<T> {
        T convert(String name, JsonElement value);
    }

    private <T> Optional<List<T>> list(String name, Conversion<T> conversion) {
        return element(name).map(value -> {
            if (!value.isJsonArray()) {
                throw values.mismatch(name, value, "a list [...]");
            }
            List<T> items = new ArrayList<>();
            for (JsonElement item : value.getAsJsonArray()) {
                items.add(conversion.convert(name + "[" + items.size() + "]", item));
            }
            return Collections.unmodifiableList(items);
        });
    }

    private <T> List<T> spread(String name, int count, T absent, Conversion<T> conversion) {
        Optional<JsonElement> value = element(name);
        if (value.isEmpty() || !value.get().isJsonArray()) {
            T single = value.map(item -> conversion.convert(name, item)).orElse(absent);
            return Collections.nCopies(count, single);
        }
        List<T> items = list(name, conversion).orElseThrow();
        if (items.size() != count) {
            throw invalid(name, "a list of " + count + " or a single value");
        }
        return items;
    }

    private <T> T required(String name, Optional<T> value) {
        return value.orElseThrow(() -> new InvalidInputException(
                file + " lacks the field '" + name + "'; add it or download the file again."));
    }

    private JsonFields toFields(String name, JsonElement value) {
        if (!value.isJsonObject()) {
            throw values.mismatch(name, value, "an object {...}");
        }
        return new JsonFields(file, value.getAsJsonObject());
    }
}
