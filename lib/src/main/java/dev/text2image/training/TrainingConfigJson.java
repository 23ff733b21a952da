package dev.text2image.training;

import com.google.gson.JsonObject;
import java.lang.reflect.RecordComponent;
import java.util.Locale;

/** Writes a configuration with the names of the flags. */
final class TrainingConfigJson {
    private TrainingConfigJson() {}

    static JsonObject write(TrainingConfig config) {
        JsonObject json = new JsonObject();
        for (RecordComponent component : TrainingConfig.class.getRecordComponents()) {
            try {
                add(json, flagName(component.getName()), component.getAccessor().invoke(config));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Cannot read " + component.getName(), e);
            }
        }
        return json;
    }

    private static void add(JsonObject json, String name, Object value) {
        if (value instanceof Number number) {
            json.addProperty(name, number);
        } else if (value instanceof Boolean flag) {
            json.addProperty(name, flag);
        } else if (value instanceof Enum<?> constant) {
            json.addProperty(name, constant.name().toLowerCase(Locale.ROOT));
        } else if (value != null) {
            json.addProperty(name, value.toString());
        }
    }

    /** Turns {@code snrGamma} into {@code snr_gamma}. */
    static String flagName(String component) {
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
