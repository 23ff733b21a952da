package dev.text2image.trackers;

import com.google.gson.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a run starts, or goes on from a checkpoint.
 *
 * @param step the optimizer steps that are done already: 0 for a new run; a later step number that was recorded before is
 *     replaced by what this run will record
 * @param hyperParameters all settings by name, as the run's configuration file has them
 * @param environment what else the results depend on, by name: {@link RunEnvironment#describe}, a hash of the data
 */
public record RunStart(long step, JsonObject hyperParameters, Map<String, String> environment) {
    /** Checks the step and copies the rest. */
    public RunStart {
        if (step < 0) {
            throw new IllegalArgumentException("A run cannot start at step " + step + "; a new run starts at 0.");
        }
        hyperParameters = hyperParameters.deepCopy();
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    }

    /**
     * Returns the settings.
     *
     * @return a copy
     */
    @Override
    public JsonObject hyperParameters() {
        return hyperParameters.deepCopy();
    }

    /**
     * Tells whether an earlier run goes on.
     *
     * @return true if steps are done already
     */
    public boolean isResumed() {
        return step > 0;
    }
}
