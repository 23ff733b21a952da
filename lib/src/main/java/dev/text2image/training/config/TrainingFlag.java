package dev.text2image.training.config;

import dev.text2image.io.InvalidInputException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One flag of the command line, which is one component of {@link TrainingConfig}.
 *
 * @param name the name without hyphens, for example snr_gamma
 * @param group the title of the part of the help it stands in
 * @param description what it does: a phrase in lower case without a full stop
 * @param type the component's type
 * @param defaultText the default as it is typed, or empty if there is none
 * @param bareText the value that the flag has when it is given without one, or empty if it needs one
 */
public record TrainingFlag(
        String name, String group, String description, Class<?> type, String defaultText, String bareText) {
    static TrainingFlag of(RecordComponent component) {
        Flag flag = Objects.requireNonNull(component.getAnnotation(Flag.class), component.getName());
        String name =
                component.getName().replaceAll("([A-Z]|[0-9]+(?=[a-z]))", "_$1").toLowerCase(Locale.ROOT);
        boolean isSwitch = component.getType() == boolean.class;
        return new TrainingFlag(
                name,
                flag.group().title(),
                flag.value(),
                component.getType(),
                isSwitch ? "false" : flag.defaultValue(),
                isSwitch ? "true" : flag.bareValue());
    }

    /**
     * Says whether the flag may stand without a value.
     *
     * @return true for switches and for flags with a usual value
     */
    public boolean standsAlone() {
        return !bareText.isEmpty();
    }

    /**
     * Says whether the flag takes several values.
     *
     * @return true for lists
     */
    public boolean takesSeveral() {
        return type == List.class;
    }

    /**
     * Returns the texts that the flag takes.
     *
     * @return the names of an enumeration's constants; empty for all other types
     */
    public List<String> choices() {
        return type.isEnum()
                ? Arrays.stream(type.getEnumConstants()).map(TrainingFlag::text).toList()
                : List.of();
    }

    /** Returns a value as it is typed. */
    static String text(Object value) {
        return value instanceof Enum<?> constant ? constant.name().toLowerCase(Locale.ROOT) : value.toString();
    }

    /** Returns the default as a value of the component's type. */
    @Nullable
    Object defaultValue() {
        if (takesSeveral()) {
            return defaultText.isEmpty() ? List.of() : List.of(defaultText);
        }
        return defaultText.isEmpty() ? null : parse(List.of(defaultText));
    }

    /**
     * Reads values.
     *
     * @param texts what was typed; none for a flag that stands alone
     * @throws InvalidInputException if they are not what the flag takes
     */
    Object parse(List<String> texts) {
        if (takesSeveral()) {
            return List.copyOf(texts);
        }
        if (texts.size() > 1 || (texts.isEmpty() && !standsAlone())) {
            throw new InvalidInputException(name + " takes one value, but was given " + texts.size() + ".");
        }
        String text = texts.isEmpty() ? bareText : texts.get(0);
        try {
            return parseOne(text);
        } catch (NumberFormatException e) {
            String expected = type == double.class || type == Double.class ? "a number" : "a whole number";
            throw new InvalidInputException(name + " is '" + text + "', but must be " + expected + ".", e);
        }
    }

    private Object parseOne(String text) {
        if (type == String.class) {
            return text;
        } else if (type == boolean.class) {
            return Boolean.valueOf(oneOf(List.of("true", "false"), text));
        } else if (type == int.class || type == Integer.class) {
            return Integer.valueOf(text);
        } else if (type == long.class) {
            return Long.valueOf(text);
        } else if (type == double.class || type == Double.class) {
            return Double.valueOf(text);
        }
        String chosen = oneOf(choices(), text);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> text(constant).equals(chosen))
                .findFirst()
                .orElseThrow();
    }

    private String oneOf(List<String> allowed, String text) {
        String wanted = text.toLowerCase(Locale.ROOT).replace('-', '_');
        if (!allowed.contains(wanted)) {
            throw new InvalidInputException(
                    name + " is '" + text + "', but must be one of " + String.join(", ", allowed) + ".");
        }
        return wanted;
    }
}
