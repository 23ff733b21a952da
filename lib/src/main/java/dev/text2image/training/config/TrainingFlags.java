package dev.text2image.training.config;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.NearestName;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All flags of {@link TrainingConfig}, and the ways in and out of it that follow from them. */
public final class TrainingFlags {
    private static final Map<String, TrainingFlag> FLAGS = new LinkedHashMap<>();
    private static final Map<String, RecordComponent> COMPONENTS = new LinkedHashMap<>();
    /** The flags that are components of {@link LoraConfig}; a configuration has all of them or none. */
    private static final Set<String> LORA = new LinkedHashSet<>();

    static {
        for (RecordComponent component : TrainingConfig.class.getRecordComponents()) {
            if (component.getType() == LoraConfig.class) {
                for (RecordComponent part : LoraConfig.class.getRecordComponents()) {
                    LORA.add(declare(part));
                }
            } else {
                declare(component);
            }
        }
    }

    private static String declare(RecordComponent component) {
        TrainingFlag flag = TrainingFlag.of(component);
        FLAGS.put(flag.name(), flag);
        COMPONENTS.put(flag.name(), component);
        return flag.name();
    }

    private TrainingFlags() {}

    /**
     * Lists all flags.
     *
     * @return the flags in the order of the configuration
     */
    public static List<TrainingFlag> all() {
        return List.copyOf(FLAGS.values());
    }

    /**
     * Finds a flag.
     *
     * @param name its name without hyphens
     * @return the flag, if there is one of that name
     */
    public static Optional<TrainingFlag> find(String name) {
        return Optional.ofNullable(FLAGS.get(name));
    }

    /**
     * Makes a configuration from texts as they are typed on a command line.
     *
     * @param texts what was typed for each flag that was given, by its name without hyphens; the others have their defaults
     * @return the configuration
     * @throws InvalidInputException if a name is unknown or a value cannot be used
     */
    public static TrainingConfig parse(Map<String, List<String>> texts) {
        return create(texts, (TrainingConfig) null);
    }

    /**
     * Makes a configuration from another one and texts as they are typed on a command line.
     *
     * @param texts what was typed for each flag that was given, by its name without hyphens
     * @param others the values of the others
     * @return the configuration
     * @throws InvalidInputException if a name is unknown or a value cannot be used
     */
    public static TrainingConfig parse(Map<String, List<String>> texts, TrainingConfig others) {
        return create(texts, others);
    }

    private static TrainingConfig create(Map<String, List<String>> texts, @Nullable TrainingConfig others) {
        texts.keySet().stream()
                .filter(name -> !FLAGS.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidInputException(
                            "There is no hyper-parameter " + name + NearestName.suggestion(name, "", FLAGS.keySet()));
                });
        boolean trainsLora =
                (others != null && others.lora() != null) || LORA.stream().anyMatch(texts::containsKey);
        LoraConfig lora = trainsLora ? create(LoraConfig.class, flag -> choose(flag, texts, others), null) : null;
        return create(TrainingConfig.class, flag -> choose(flag, texts, others), lora);
    }

    private static @Nullable Object choose(
            TrainingFlag flag, Map<String, List<String>> texts, @Nullable TrainingConfig others) {
        List<String> given = texts.get(flag.name());
        if (given != null) {
            return flag.parse(given);
        }
        if (others == null || (others.lora() == null && LORA.contains(flag.name()))) {
            return flag.defaultValue();
        }
        return value(others, flag);
    }

    private static <R extends Record> R create(
            Class<R> type, Function<TrainingFlag, @Nullable Object> valueOf, @Nullable LoraConfig lora) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        @Nullable
        Object[] values = Arrays.stream(components)
                .map(component ->
                        component.getType() == LoraConfig.class ? lora : valueOf.apply(TrainingFlag.of(component)))
                .toArray();
        try {
            Constructor<R> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot make a " + type.getSimpleName(), e);
        }
    }

    static TrainingConfig fromJson(JsonObject json) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        json.entrySet().forEach(entry -> {
            if (!entry.getValue().isJsonNull()) {
                texts.put(entry.getKey(), texts(entry.getKey(), entry.getValue()));
            }
        });
        return parse(texts);
    }

    private static List<String> texts(String name, JsonElement value) {
        List<JsonElement> items = value instanceof JsonArray array ? array.asList() : List.of(value);
        if (!items.stream().allMatch(JsonElement::isJsonPrimitive)) {
            throw new InvalidInputException(name + " is " + value + ", but must be a single value or a list of texts.");
        }
        return items.stream().map(JsonElement::getAsString).toList();
    }

    static JsonObject toJson(TrainingConfig config) {
        JsonObject json = new JsonObject();
        for (TrainingFlag flag : FLAGS.values()) {
            Object value = value(config, flag);
            if (value != null) {
                json.add(flag.name(), toJson(value));
            }
        }
        return json;
    }

    /** Every flag with the value it has in a configuration. */
    static List<TrainingSetting> settings(TrainingConfig config) {
        return FLAGS.values().stream().map(flag -> setting(config, flag)).toList();
    }

    private static TrainingSetting setting(TrainingConfig config, TrainingFlag flag) {
        Object value = value(config, flag);
        boolean changed = LORA.contains(flag.name()) ? value != null : !Objects.equals(value, flag.defaultValue());
        if (value instanceof List<?> list) {
            String texts = list.stream().map(TrainingFlag::text).collect(Collectors.joining(" "));
            return new TrainingSetting(flag, texts, changed);
        }
        return new TrainingSetting(flag, value == null ? "" : TrainingFlag.text(value), changed);
    }

    private static @Nullable Object value(TrainingConfig config, TrainingFlag flag) {
        Object owner = LORA.contains(flag.name()) ? config.lora() : config;
        if (owner == null) {
            return null;
        }
        try {
            return Objects.requireNonNull(COMPONENTS.get(flag.name()))
                    .getAccessor()
                    .invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + flag.name(), e);
        }
    }

    private static JsonElement toJson(Object value) {
        if (value instanceof Number number) {
            return new JsonPrimitive(number);
        } else if (value instanceof Boolean flag) {
            return new JsonPrimitive(flag);
        } else if (value instanceof List<?> list) {
            JsonArray array = new JsonArray();
            list.forEach(item -> array.add(TrainingFlag.text(item)));
            return array;
        }
        return new JsonPrimitive(TrainingFlag.text(value));
    }
}
