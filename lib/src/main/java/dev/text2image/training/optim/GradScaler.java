package dev.text2image.training.optim;

import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;

/**
 * What the loss is multiplied by under float16, so that small gradients do not vanish: it is halved when gradients overflow and doubled
 * after many steps in which they did not (Micikevicius et al., 2018; torch.amp.GradScaler).
 *
 * <p>{@link Optimizer} shows how a step uses it. A value is immutable; each step gives the next one.
 *
 * @param scale the factor, above 0
 * @param growthFactor what the scale is multiplied by when it grows, above 1
 * @param backoffFactor what it is multiplied by after an overflow, in (0, 1)
 * @param growthInterval how many steps in a row without an overflow make it grow, at least 1
 * @param growthTracker how many there were since the last change, from 0 to below {@code growthInterval}
 */
public record GradScaler(
        double scale, double growthFactor, double backoffFactor, int growthInterval, int growthTracker) {
    /** Checks the ranges. */
    public GradScaler {
        check("scale", scale, scale > 0 && Double.isFinite(scale), "above 0");
        check("growth_factor", growthFactor, growthFactor > 1, "above 1");
        check("backoff_factor", backoffFactor, backoffFactor > 0 && backoffFactor < 1, "between 0 and 1");
        check("growth_interval", growthInterval, growthInterval > 0, "at least 1");
        boolean possible = growthTracker >= 0 && growthTracker < growthInterval;
        check("_growth_tracker", growthTracker, possible, "from 0 to below growth_interval");
    }

    private static void check(String name, double value, boolean valid, String range) {
        if (!valid) {
            throw new InvalidInputException("The gradient scaler's " + name + " is " + value + ", but must be " + range
                    + "; use the values of a checkpoint, or the defaults.");
        }
    }

    /**
     * Returns torch's defaults.
     *
     * @return 65536, doubled after 2000 steps and halved after an overflow
     */
    public static GradScaler defaults() {
        return new GradScaler(65536, 2, 0.5, 2000, 0);
    }

    /**
     * Takes in how a step went. As in torch, the scale does not grow beyond float32.
     *
     * @param foundInf whether a gradient was infinite or not a number, so that the step was left out
     * @return the scaler for the next step
     */
    public GradScaler update(boolean foundInf) {
        if (foundInf) {
            return new GradScaler(scale * backoffFactor, growthFactor, backoffFactor, growthInterval, 0);
        }
        int tracker = growthTracker + 1;
        if (tracker < growthInterval) {
            return new GradScaler(scale, growthFactor, backoffFactor, growthInterval, tracker);
        }
        double grown = scale * growthFactor;
        return new GradScaler(grown <= Float.MAX_VALUE ? grown : scale, growthFactor, backoffFactor, growthInterval, 0);
    }

    /**
     * Writes the state with the names of torch's {@code state_dict}.
     *
     * @return the fields
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("scale", scale);
        json.addProperty("growth_factor", growthFactor);
        json.addProperty("backoff_factor", backoffFactor);
        json.addProperty("growth_interval", growthInterval);
        json.addProperty("_growth_tracker", growthTracker);
        return json;
    }

    /**
     * Reads what {@link #toJson} or torch wrote.
     *
     * @param fields the fields
     * @return the scaler
     * @throws InvalidInputException if a field is missing or out of its range
     */
    public static GradScaler fromJson(JsonFields fields) {
        double scale = fields.number("scale");
        double growth = fields.number("growth_factor");
        double backoff = fields.number("backoff_factor");
        int interval = fields.integer("growth_interval");
        int tracker = fields.integer("_growth_tracker");
        try {
            return new GradScaler(scale, growth, backoff, interval, tracker);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(fields.file() + ": " + e.getMessage(), e);
        }
    }
}
