package dev.text2image.models.networks;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** Writes configurations as the hub has them: the fields' names in lower case, in the order of the alphabet. */
final class ConfigJson {
    private static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .create();

    private ConfigJson() {}

    /**
     * Writes a configuration.
     *
     * @param config the record
     * @param more fields beside its components, or in their place
     * @return the content of config.json
     */
    static JsonObject of(Record config, Map<String, ?> more) {
        Map<String, JsonElement> fields = new TreeMap<>();
        fields.putAll(GSON.toJsonTree(config).getAsJsonObject().asMap());
        more.forEach((name, value) -> fields.put(name, GSON.toJsonTree(value)));
        JsonObject json = new JsonObject();
        fields.forEach(json::add);
        return json;
    }
}
