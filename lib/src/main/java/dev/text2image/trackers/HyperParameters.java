package dev.text2image.trackers;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Value;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hyper-parameters for TensorBoard's HParams tab (tensorboard/plugins/hparams/api.proto, plugin_data.proto) and as YAML.
 *
 * <p>The tab knows numbers, truth values and text; a list or an object becomes its JSON text, and null is left out.
 */
final class HyperParameters {
    private static final String PLUGIN = "hparams";
    private static final int SUCCESS = 1;
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private final Map<String, JsonElement> values = new TreeMap<>();

    HyperParameters(JsonObject values) {
        this.values.putAll(values.asMap());
    }

    /** The events that make a run appear in the tab. */
    List<ProtoMessage> startEvents(double time) {
        ProtoMessage experiment = new ProtoMessage();
        ProtoMessage session = new ProtoMessage();
        values.forEach((name, value) -> {
            if (!value.isJsonNull()) {
                Value given = toValue(value);
                experiment.message(4, new ProtoMessage().text(1, name).integer(4, dataType(given)));
                session.message(1, new ProtoMessage().text(1, name).bytes(2, given.toByteArray()));
            }
        });
        session.float64(5, time);
        return List.of(
                Events.plugin(time, "_hparams_/experiment", PLUGIN, new ProtoMessage().message(2, experiment)),
                Events.plugin(time, "_hparams_/session_start_info", PLUGIN, new ProtoMessage().message(3, session)));
    }

    private static Value toValue(JsonElement value) {
        Value.Builder result = Value.newBuilder();
        if (isNumber(value)) {
            return result.setNumberValue(value.getAsDouble()).build();
        } else if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
            return result.setBoolValue(value.getAsBoolean()).build();
        }
        return result.setStringValue(value.isJsonPrimitive() ? value.getAsString() : JSON.toJson(value))
                .build();
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    /** The number of a value's kind in {@code hparams.DataType}. */
    private static int dataType(Value value) {
        return value.hasNumberValue() ? 3 : value.hasBoolValue() ? 2 : 1;
    }

    /** The event that shows a run as finished. */
    static ProtoMessage finishedEvent(double time) {
        ProtoMessage session = new ProtoMessage().integer(1, SUCCESS).float64(2, time);
        return Events.plugin(time, "_hparams_/session_end_info", PLUGIN, new ProtoMessage().message(4, session));
    }

    /** A YAML mapping, alphabetical. JSON is YAML, except that readers of YAML 1.1 take the number 1.0E10 for text. */
    String toYaml() {
        StringBuilder yaml = new StringBuilder();
        values.forEach((name, value) -> {
            String text = isNumber(value) ? value.getAsBigDecimal().toPlainString() : JSON.toJson(value);
            yaml.append(name).append(": ").append(text).append('\n');
        });
        return yaml.toString();
    }
}
