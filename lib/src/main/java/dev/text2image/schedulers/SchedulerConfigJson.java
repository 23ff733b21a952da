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
import org.jspecify.annotations.Nullable;

/** The JSON form of a {@link SchedulerConfig}, with the hub's field names. */
final class SchedulerConfigJson {
    private static final String CLASS_NAME = "_class_name";
    /** The fields with a component of their own. */
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
            "rescale_betas_zero_snr");

    private final JsonObject json;
    private final SchedulerFields fields;

    private SchedulerConfigJson(JsonObject json) {
        this.json = json;
        this.fields = new SchedulerFields(json);
    }

    static SchedulerConfig read(JsonObject json) {
        return new SchedulerConfigJson(json).read();
    }

    private SchedulerConfig read() {
        String className = fields.text(CLASS_NAME);
        SchedulerConfig defaults = defaults(className);
        if (json.get("disable_corrector") instanceof JsonArray steps && !steps.isEmpty()) {
            throw SchedulerFields.wrong("disable_corrector", steps, "an empty array: every step is corrected here");
        }
        return new SchedulerConfig(
                className,
                fields.integer("num_train_timesteps", defaults.numTrainTimesteps()),
                fields.number("beta_start", defaults.betaStart()),
                fields.number("beta_end", defaults.betaEnd()),
                fields.named("beta_schedule", defaults.betaSchedule()),
                trainedBetas(),
                fields.named("prediction_type", defaults.predictionType()),
                fields.named("variance_type", defaults.varianceType()),
                bool("clip_sample"),
                fields.number("clip_sample_range", defaults.clipSampleRange()),
                bool("set_alpha_to_one"),
                fields.bool("skip_prk_steps", defaults.skipPrkSteps()),
                fields.integer("steps_offset", defaults.stepsOffset()),
                timestepSpacing(),
                fields.bool("rescale_betas_zero_snr", defaults.rescaleBetasZeroSnr()),
                options());
    }

    /** The betas are the model's: a file that leaves them out was written for the defaults of the class that it names. */
    private static SchedulerConfig defaults(@Nullable String className) {
        SchedulerConfigBuilder builder = SchedulerConfig.builder();
        if ("HeunDiscreteScheduler".equals(className)) {
            builder.betas(BetaSchedule.LINEAR, 0.00085, 0.012);
        } else if ("LCMScheduler".equals(className)) {
            builder.betas(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012);
        }
        return builder.build();
    }

    private @Nullable Boolean bool(String field) {
        return fields.get(field, "true or false", JsonPrimitive::isBoolean, JsonElement::getAsBoolean);
    }

    private @Nullable TimestepSpacing timestepSpacing() {
        String name = fields.text("timestep_spacing");
        return name == null ? null : JsonNamed.find(TimestepSpacing.values(), "timestep_spacing", name);
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
        if (config.clipSample() != null) {
            json.addProperty("clip_sample", config.clipSample());
        }
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
            throw SchedulerFields.wrong("trained_betas", element, "null or an array of numbers");
        }
        List<Double> betas = new ArrayList<>();
        for (JsonElement beta : element.getAsJsonArray()) {
            if (!(beta instanceof JsonPrimitive primitive) || !primitive.isNumber()) {
                throw SchedulerFields.wrong("trained_betas", beta, "an array of numbers");
            }
            betas.add(primitive.getAsDouble());
        }
        return betas;
    }
}
