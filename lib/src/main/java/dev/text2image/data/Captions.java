package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rule for captions: a string, or a list of strings of which one is chosen each time. */
final class Captions {
    private Captions() {}

    /**
     * Checks the captions of one row.
     *
     * @param value what the row holds
     * @param column the column's name
     * @param where the row, for the error message
     * @return at least one caption
     */
    static List<String> of(@Nullable Object value, String column, String where) {
        if (value instanceof String text) {
            return List.of(text);
        }
        if (!(value instanceof List<?> list)) {
            throw invalid(where, column, value == null ? "nothing" : "\"" + value + "\"");
        }
        if (list.isEmpty()) {
            throw invalid(where, column, "an empty list");
        }
        List<String> captions = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof String text)) {
                throw invalid(where, column, "the list " + list);
            }
            captions.add(text);
        }
        return List.copyOf(captions);
    }

    private static InvalidInputException invalid(String where, String column, String found) {
        return new InvalidInputException(where + " has " + found + " in the caption column \"" + column
                + "\"; a caption is a string or a list of strings.");
    }
}
