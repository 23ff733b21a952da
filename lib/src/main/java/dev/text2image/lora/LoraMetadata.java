package dev.text2image.lora;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.nn.LowRank;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the header of a LoRA file says beside the tensors: peft's configuration under {@code lora_adapter_metadata}, as diffusers writes
 * it, or the fields {@code ss_network_…} of kohya's scripts.
 */
final class LoraMetadata {
    static final String KEY = "lora_adapter_metadata";

    private final Path file;
    private final JsonObject config;

    private LoraMetadata(Path file, JsonObject config) {
        this.file = file;
        this.config = config;
    }

    /** Reads the header of a file; without the entry nothing is known. */
    static LoraMetadata read(Path file, Map<String, String> header) {
        String text = header.get(KEY);
        if (text == null) {
            return new LoraMetadata(file, new JsonObject());
        }
        try {
            return new LoraMetadata(file, JsonParser.parseString(text).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            throw new InvalidInputException(file + " is damaged: " + KEY + " in its header is no JSON object.", e);
        }
    }

    /** The alpha of a layer: that of a pattern which the layer's name ends with, else the general one. */
    OptionalDouble alpha(LoraComponent component, String layer) {
        JsonElement patterns = config.get(component.prefix() + ".alpha_pattern");
        if (patterns instanceof JsonObject byName) {
            for (Map.Entry<String, JsonElement> pattern : byName.entrySet()) {
                if (layer.equals(pattern.getKey()) || layer.endsWith("." + pattern.getKey())) {
                    return OptionalDouble.of(number(pattern.getValue()));
                }
            }
        }
        JsonElement general = config.get(component.prefix() + ".lora_alpha");
        return general == null ? OptionalDouble.empty() : OptionalDouble.of(number(general));
    }

    private double number(JsonElement value) {
        try {
            return value.getAsDouble();
        } catch (NumberFormatException | UnsupportedOperationException | IllegalStateException e) {
            throw new InvalidInputException(
                    file + " is damaged: an alpha in " + KEY + " is " + value + ", but must be a number.", e);
        }
    }

    /** The header of a file that is written. */
    static Map<String, String> write(LoraFormat format, Map<LoraComponent, LoraAdapters> parts) {
        Map<String, String> header = new LinkedHashMap<>();
        header.put("format", "pt");
        if (format == LoraFormat.KOHYA) {
            header.put("ss_network_module", "networks.lora");
            common(parts, size -> (double) size.rank())
                    .ifPresent(rank -> header.put("ss_network_dim", String.valueOf((long) (double) rank)));
            common(parts, LowRank::alpha).ifPresent(alpha -> header.put("ss_network_alpha", alpha.toString()));
        } else {
            TreeMap<String, JsonElement> fields = new TreeMap<>();
            parts.forEach((component, adapters) -> describe(fields, component.prefix() + ".", adapters.layers()));
            JsonObject json = new JsonObject();
            fields.forEach(json::add);
            header.put(KEY, Json.toPrettyString(json));
        }
        return header;
    }

    private static Optional<Double> common(Map<LoraComponent, LoraAdapters> parts, Function<LowRank, Double> property) {
        TreeSet<Double> values = parts.values().stream()
                .flatMap(adapters -> adapters.layers().values().stream())
                .map(property)
                .collect(Collectors.toCollection(TreeSet::new));
        return values.size() == 1 ? Optional.of(values.first()) : Optional.empty();
    }

    /** The fields of peft's LoraConfig that decide about the result; layers unlike the first one are listed with their own values. */
    private static void describe(Map<String, JsonElement> fields, String prefix, Map<String, LowRank> layers) {
        LowRank first = layers.values().iterator().next();
        JsonObject ranks = new JsonObject();
        JsonObject alphas = new JsonObject();
        JsonArray names = new JsonArray();
        layers.forEach((layer, size) -> {
            names.add(layer);
            if (size.rank() != first.rank()) {
                ranks.addProperty(layer, size.rank());
            }
            if (size.alpha() != first.alpha()) {
                alphas.addProperty(layer, size.alpha());
            }
        });
        JsonObject numbers = new JsonObject();
        numbers.addProperty("r", first.rank());
        numbers.addProperty("lora_alpha", first.alpha());
        numbers.asMap().forEach((name, value) -> fields.put(prefix + name, value));
        fields.put(prefix + "rank_pattern", ranks);
        fields.put(prefix + "alpha_pattern", alphas);
        fields.put(prefix + "target_modules", names);
    }
}
