package dev.text2image.schedulers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The fields of a {@code scheduler_config.json} by type; each error names the field, the value and what is allowed. */
public final class SchedulerFields {
    private final JsonObject json;

    SchedulerFields(JsonObject json) {
        this.json = json;
    }

    /**
     * Looks at the options that a sampler knows.
     *
     * @param config a configuration of whatever class
     * @param known the hub's names of the options; all others are as if they were absent
     * @return the fields
     */
    public static SchedulerFields of(SchedulerConfig config, String... known) {
        JsonObject json = new JsonObject();
        for (String name : known) {
            json.add(name, config.options().get(name));
        }
        return new SchedulerFields(json);
    }

    /**
     * Reads a whole number.
     *
     * @param field the field
     * @param fallback its value if absent or null
     * @return the number
     * @throws IllegalArgumentException if the value is something else
     */
    public int integer(String field, int fallback) {
        double value = number(field, fallback);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw wrong(field, json.get(field), "a whole number");
        }
        return (int) value;
    }

    /**
     * Reads a whole number of a range.
     *
     * @param field the field
     * @param fallback its value if absent or null
     * @param least the smallest that is allowed
     * @param most the largest that is allowed
     * @return the number
     * @throws IllegalArgumentException if the value is something else
     */
    public int integer(String field, int fallback, int least, int most) {
        int value = integer(field, fallback);
        if (value < least || value > most) {
            throw wrong(field, json.get(field), "from " + least + " to " + most);
        }
        return value;
    }

    /**
     * Reads a number.
     *
     * @param field the field
     * @param fallback its value if absent or null
     * @return the number
     * @throws IllegalArgumentException if the value is something else
     */
    public double number(String field, double fallback) {
        return or(get(field, "a number", JsonPrimitive::isNumber, JsonElement::getAsDouble), fallback);
    }

    /**
     * Reads a truth value.
     *
     * @param field the field
     * @param fallback its value if absent or null
     * @return the truth value
     * @throws IllegalArgumentException if the value is something else
     */
    public boolean bool(String field, boolean fallback) {
        return or(get(field, "true or false", JsonPrimitive::isBoolean, JsonElement::getAsBoolean), fallback);
    }

    /**
     * Reads a constant by its name.
     *
     * @param <T> the kind of the constants
     * @param field the field
     * @param fallback its value if absent or null
     * @param others names that stand for the fallback as well: those that only another class knows
     * @return the constant
     * @throws IllegalArgumentException if no constant has the name
     */
    public <T extends Enum<T> & JsonNamed> T named(String field, T fallback, String... others) {
        String name = text(field);
        if (name == null || List.of(others).contains(name)) {
            return fallback;
        }
        return JsonNamed.find(fallback.getDeclaringClass().getEnumConstants(), field, name);
    }

    @Nullable
    String text(String field) {
        return get(field, "a string", JsonPrimitive::isString, JsonElement::getAsString);
    }

    <T> @Nullable T get(
            String field, String expected, Predicate<JsonPrimitive> hasType, Function<JsonElement, T> value) {
        JsonElement element = json.get(field);
        if (element == null || element.isJsonNull()) {
            return null;
        }
        if (!(element instanceof JsonPrimitive primitive) || !hasType.test(primitive)) {
            throw wrong(field, element, expected);
        }
        return value.apply(primitive);
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }

    static IllegalArgumentException wrong(String field, @Nullable JsonElement found, String expected) {
        return new IllegalArgumentException(
                "Scheduler configuration: " + field + " is " + found + "; it must be " + expected + ".");
    }
}
