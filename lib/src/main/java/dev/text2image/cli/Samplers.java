package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Schedulers;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of {@code --scheduler}. */
final class Samplers {
    private static final Map<String, String> CLASS_NAMES =
            Map.of("pndm", "PNDMScheduler", "ddim", "DDIMScheduler", "ddpm", "DDPMScheduler");

    private Samplers() {}

    /**
     * Checks a value; to be called before a model is loaded.
     *
     * @param value what the user gave, or null for the model's own sampler
     * @throws InvalidInputException if there is no such sampler
     */
    static void check(@Nullable String value) {
        if (value != null && !CLASS_NAMES.containsKey(value.toLowerCase(Locale.ROOT))) {
            throw new InvalidInputException("scheduler is '" + value + "', but must be pndm, ddim or ddpm.");
        }
    }

    /** Gives a pipeline the sampler, or leaves it the model's own if the value is null. */
    static StableDiffusionPipeline with(StableDiffusionPipeline pipeline, @Nullable String value) {
        if (value == null) {
            return pipeline;
        }
        check(value);
        SchedulerConfig config = pipeline.scheduler().config();
        String className = CLASS_NAMES.get(value.toLowerCase(Locale.ROOT));
        return pipeline.withScheduler(
                Schedulers.from(config.toBuilder().className(className).build()));
    }
}
