package dev.text2image.schedulers;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The JSON form of a {@link SchedulerConfig}, with the hub's field names. */
final class SchedulerConfigJson {
    static final String CLASS_NAME = "_class_name";
    /** The fields with a component of their own; thresholding has none, since only its absence is supported. */
    private static final Set<String> FIELDS = Set.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "prediction_type",
            "variance_type",
            "clip_sample",
            "clip_sample_range",
            "set_alpha_to_one",
            "skip_prk_steps",
            "steps_offset",
            "timestep_spacing",
            "rescale_betas_zero_snr",
            "thresholding");

    private final JsonObject json;

    private SchedulerConfigJson(JsonObject json) {
        this.json = json;
    }

    /** Looks at the options of a sampler. */
    static SchedulerConfigJson ofOptions(SchedulerConfig config) {
        JsonObject json = new JsonObject();
        config.options().forEach(json::add);
        return new SchedulerConfigJson(json);
    }

    static SchedulerConfig read(JsonObject json) {
        return new SchedulerConfigJson(json).read();
    }

    private SchedulerConfig read() {
        SchedulerConfig defaults = SchedulerConfig.builder().build();
        if (bool("thresholding", false)) {
            throw new IllegalArgumentException(
                    "Scheduler configuration: thresholding is true, which is not supported and does"
                            + " not suit latent models; set it to false.");
        }
        return new SchedulerConfig(
                get(CLASS_NAME, "a string", JsonPrimitive::isString, JsonElement::getAsString),
                integer("num_train_timesteps", defaults.numTrainTimesteps()),
                number("beta_start", defaults.betaStart()),
                number("beta_end", defaults.betaEnd()),
                or(named("beta_schedule", BetaSchedule.values()), defaults.betaSchedule()),
                trainedBetas(),
                or(named("prediction_type", PredictionType.values()), defaults.predictionType()),
                or(named("variance_type", VarianceType.values()), defaults.varianceType()),
                bool("clip_sample", defaults.clipSample()),
                number("clip_sample_range", defaults.clipSampleRange()),
                get("set_alpha_to_one", "true or false", JsonPrimitive::isBoolean, JsonElement::getAsBoolean),
                bool("skip_prk_steps", defaults.skipPrkSteps()),
                integer("steps_offset", defaults.stepsOffset()),
                named("timestep_spacing", TimestepSpacing.values()),
                bool("rescale_betas_zero_snr", defaults.rescaleBetasZeroSnr()),
                options());
    }

    private Map<String, JsonPrimitive> options() {
        Map<String, JsonPrimitive> options = new HashMap<>();
        json.asMap().forEach((field, value) -> {
            if (!FIELDS.contains(field) && !field.startsWith("_") && value instanceof JsonPrimitive primitive) {
                options.put(field, primitive);
            }
        });
        return options;
    }

    static JsonObject write(SchedulerConfig config) {
        JsonObject json = new JsonObject();
        if (config.className() != null) {
            json.addProperty(CLASS_NAME, config.className());
        }
        json.addProperty("num_train_timesteps", config.numTrainTimesteps());
        json.addProperty("beta_start", config.betaStart());
        json.addProperty("beta_end", config.betaEnd());
        json.addProperty("beta_schedule", config.betaSchedule().jsonName());
        if (!config.trainedBetas().isEmpty()) {
            JsonArray betas = new JsonArray();
            config.trainedBetas().forEach(betas::add);
            json.add("trained_betas", betas);
        }
        json.addProperty("prediction_type", config.predictionType().jsonName());
        json.addProperty("variance_type", config.varianceType().jsonName());
        json.addProperty("clip_sample", config.clipSample());
        json.addProperty("clip_sample_range", config.clipSampleRange());
        if (config.setAlphaToOne() != null) {
            json.addProperty("set_alpha_to_one", config.setAlphaToOne());
        }
        json.addProperty("skip_prk_steps", config.skipPrkSteps());
        json.addProperty("steps_offset", config.stepsOffset());
        TimestepSpacing spacing = config.timestepSpacing();
        if (spacing != null) {
            json.addProperty("timestep_spacing", spacing.jsonName());
        }
        json.addProperty("rescale_betas_zero_snr", config.rescaleBetasZeroSnr());
        config.options().forEach(json::add);
        return json;
    }

    private List<Double> trainedBetas() {
        JsonElement element = json.get("trained_betas");
        if (element == null || element.isJsonNull()) {
            return List.of();
        }
        if (!element.isJsonArray()) {
            throw wrongType("trained_betas", element, "null or an array of numbers");
        }
        List<Double> betas = new ArrayList<>();
        for (JsonElement beta : element.getAsJsonArray()) {
            if (!(beta instanceof JsonPrimitive primitive) || !primitive.isNumber()) {
                throw wrongType("trained_betas", beta, "an array of numbers");
            }
            betas.add(primitive.getAsDouble());
        }
        return betas;
    }

    private int integer(String field, int fallback) {
        double value = number(field, fallback);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw wrongType(field, json.get(field), "a whole number");
        }
        return (int) value;
    }

    double number(String field, double fallback) {
        return or(get(field, "a number", JsonPrimitive::isNumber, JsonElement::getAsDouble), fallback);
    }

    boolean bool(String field, boolean fallback) {
        return or(get(field, "true or false", JsonPrimitive::isBoolean, JsonElement::getAsBoolean), fallback);
    }

    <T extends JsonNamed> @Nullable T named(String field, T[] values) {
        String name = get(field, "a string", JsonPrimitive::isString, JsonElement::getAsString);
        return name == null ? null : JsonNamed.find(values, field, name);
    }

    private <T> @Nullable T get(
            String field, String expected, Predicate<JsonPrimitive> hasType, Function<JsonElement, T> value) {
        JsonElement element = json.get(field);
        if (element == null || element.isJsonNull()) {
            return null;
        }
        if (!(element instanceof JsonPrimitive primitive) || !hasType.test(primitive)) {
            throw wrongType(field, element, expected);
        }
        return value.apply(primitive);
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }

    private static IllegalArgumentException wrongType(String field, JsonElement found, String expected) {
        return new IllegalArgumentException(
                "Scheduler configuration: " + field + " is " + found + "; it must be " + expected + ".");
    }
}
