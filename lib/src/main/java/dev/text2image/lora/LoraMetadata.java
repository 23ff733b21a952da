package dev.text2image.lora;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.nn.LowRank;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Peft's configuration of adapters, which says how strongly they count: in the header of a file under {@code lora_adapter_metadata}, as
 * diffusers writes it, or in {@code adapter_config.json} beside it. The fields may begin with the name of a model.
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
    static LoraMetadata ofHeader(Path file, Map<String, String> header) {
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

    /** Reads the configuration that peft writes beside its file. */
    static LoraMetadata ofFile(Path file) {
        return new LoraMetadata(file, Json.readObject(file));
    }

    /**
     * Returns what the product of a layer's matrices is multiplied by, times the rank (peft, LoraLayer.update_layer).
     *
     * @param layer the layer as the file has it
     * @return the alpha of the first pattern that the layer's name ends with, else the general one, else the rank
     */
    double alpha(LoraComponent component, String layer, int rank) {
        JsonElement value = field(component, "lora_alpha");
        if (field(component, "alpha_pattern") instanceof JsonObject patterns) {
            for (Map.Entry<String, JsonElement> pattern : patterns.entrySet()) {
                if (matches(layer, pattern.getKey())) {
                    value = pattern.getValue();
                    break;
                }
            }
        }
        if (value == null) {
            return rank;
        }
        JsonElement rootScaled = field(component, "use_rslora");
        boolean root = rootScaled != null && rootScaled.equals(new JsonPrimitive(true));
        return number(value) * (root ? Math.sqrt(rank) : 1);
    }

    private @Nullable JsonElement field(LoraComponent component, String name) {
        JsonElement own = config.get(component.prefix() + "." + name);
        return own == null ? config.get(name) : own;
    }

    /** Peft's patterns are regular expressions for the end of a name. */
    private boolean matches(String layer, String pattern) {
        try {
            return layer.matches("(?:.*\\.)?(?:" + pattern + ")");
        } catch (PatternSyntaxException e) {
            throw new InvalidInputException(
                    file + " is damaged: '" + pattern + "' in alpha_pattern is no regular expression.", e);
        }
    }

    private double number(JsonElement value) {
        try {
            return value.getAsDouble();
        } catch (NumberFormatException | UnsupportedOperationException | IllegalStateException e) {
            throw new InvalidInputException(
                    file + " is damaged: an alpha of its adapters is " + value + ", but must be a number.", e);
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
            base(parts).ifPresent(base -> header.put("ss_base_model_version", base.kohyaName()));
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

    /** The base model that the width of the adapters' inputs tells. */
    private static Optional<LoraBase> base(Map<LoraComponent, LoraAdapters> parts) {
        return parts.values().stream()
                .map(LoraAdapters::inputs)
                .map(LoraBase::widthOf)
                .flatMapToLong(OptionalLong::stream)
                .mapToObj(LoraBase::ofWidth)
                .flatMap(Optional::stream)
                .findFirst();
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
        layers.forEach((name, size) -> {
            String layer = name.replaceFirst("^text_model\\.", ""); // which the modules of transformers 5 lack
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
