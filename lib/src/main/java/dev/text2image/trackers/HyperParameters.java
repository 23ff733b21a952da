package dev.text2image.trackers;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
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

    /** The three kinds of values with their numbers in {@code hparams.DataType} and {@code google.protobuf.Value}. */
    private enum Kind {
        TEXT(1, 3),
        BOOL(2, 4),
        NUMBER(3, 2);

        private final int dataType;
        private final int valueField;

        Kind(int dataType, int valueField) {
            this.dataType = dataType;
            this.valueField = valueField;
        }

        static Kind of(JsonElement value) {
            if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
                return NUMBER;
            }
            return value instanceof JsonPrimitive primitive && primitive.isBoolean() ? BOOL : TEXT;
        }

        ProtoMessage write(JsonElement value) {
            ProtoMessage message = new ProtoMessage();
            return switch (this) {
                case NUMBER -> message.float64(valueField, value.getAsDouble());
                case BOOL -> message.bool(valueField, value.getAsBoolean());
                case TEXT ->
                    message.text(valueField, value.isJsonPrimitive() ? value.getAsString() : JSON.toJson(value));
            };
        }
    }

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
                Kind kind = Kind.of(value);
                experiment.message(4, new ProtoMessage().text(1, name).integer(4, kind.dataType));
                session.message(1, new ProtoMessage().text(1, name).message(2, kind.write(value)));
            }
        });
        session.float64(5, time);
        return List.of(
                Events.plugin(time, "_hparams_/experiment", PLUGIN, new ProtoMessage().message(2, experiment)),
                Events.plugin(time, "_hparams_/session_start_info", PLUGIN, new ProtoMessage().message(3, session)));
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
            boolean number = Kind.of(value) == Kind.NUMBER;
            String text = number ? value.getAsBigDecimal().toPlainString() : JSON.toJson(value);
            yaml.append(name).append(": ").append(text).append('\n');
        });
        return yaml.toString();
    }
}
