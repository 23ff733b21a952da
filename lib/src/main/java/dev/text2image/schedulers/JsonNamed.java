package dev.text2image.schedulers;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A constant that has a name of its own in the hub's JSON files. */
public interface JsonNamed {
    /**
     * Returns the constant's name in the hub's JSON files.
     *
     * @return the name, for example {@code "scaled_linear"}
     */
    default String jsonName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the constant's name in Java, the same in upper case.
     *
     * @return the name, for example {@code "SCALED_LINEAR"}
     */
    String name();

    /**
     * Finds a constant by its JSON name.
     *
     * @param <T> the kind of the constants
     * @param values the supported constants
     * @param field the JSON field, for the error message
     * @param name the name found in the file
     * @return the constant
     * @throws IllegalArgumentException if no supported constant has that name
     */
    static <T extends JsonNamed> T find(T[] values, String field, String name) {
        for (T value : values) {
            if (value.jsonName().equals(name)) {
                return value;
            }
        }
        String allowed = Arrays.stream(values).map(JsonNamed::jsonName).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("Scheduler configuration: " + field + " is \"" + name
                + "\", which is not supported; use one of: " + allowed + ".");
    }
}
