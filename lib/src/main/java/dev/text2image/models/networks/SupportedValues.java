package dev.text2image.models.networks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import java.util.ArrayList;
import java.util.List;

/** Collects the values of a configuration that the networks here cannot honour, to report them all at once. */
final class SupportedValues {
    private static final int MAX_LAYERS = 100;

    private final String component;
    private final JsonFields fields;
    private final List<String> problems = new ArrayList<>();

    SupportedValues(String component, JsonFields fields) {
        this.component = component;
        this.fields = fields;
    }

    /** Accepts a field that is absent, null or one of the given JSON values, or a list of such values. */
    SupportedValues only(String name, String... values) {
        fields.element(name).ifPresent(value -> {
            if (!allowed(value, List.of(values))) {
                problems.add(name + " is " + value + ", supported: "
                        + (values.length == 0 ? "null" : String.join(" or ", values)));
            }
        });
        return this;
    }

    private static boolean allowed(JsonElement value, List<String> values) {
        if (value instanceof JsonArray list) {
            return list.asList().stream().allMatch(item -> allowed(item, values));
        }
        return values.contains(value.toString());
    }

    /** Bounds how many layers a damaged file can ask for. */
    SupportedValues layers(String name, int value) {
        return require(value <= MAX_LAYERS, name + " is " + value + ", supported: up to " + MAX_LAYERS);
    }

    /** Reports a problem that is not a single field's. */
    SupportedValues require(boolean holds, String problem) {
        if (!holds) {
            problems.add(problem);
        }
        return this;
    }

    /** Ends with one error if any value cannot be honoured. */
    void check() {
        if (!problems.isEmpty()) {
            throw new InvalidInputException("The configuration of the " + component + " in " + fields.file()
                    + " is not supported: " + String.join("; ", problems)
                    + ". Use a model of the Stable Diffusion 1.x or 2.x text-to-image family.");
        }
    }
}
