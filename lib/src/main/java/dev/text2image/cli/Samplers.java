package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.Schedulers;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The values of {@code --scheduler}. */
final class Samplers {
    private Samplers() {}

    /** What picocli lists in the description of the option. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Names() {
            super(Schedulers.names());
        }
    }

    /**
     * Checks a value; to be called before a model is loaded.
     *
     * @param value what the user gave, or null for the model's own sampler
     * @throws InvalidInputException if there is no such sampler
     */
    static void check(@Nullable String value) {
        if (value != null && !Schedulers.names().contains(value.toLowerCase(Locale.ROOT))) {
            throw new InvalidInputException(
                    "scheduler is '" + value + "', but must be one of " + String.join(", ", Schedulers.names()) + ".");
        }
    }

    /** Gives a pipeline the sampler, or leaves it the model's own if the value is null. */
    static StableDiffusionPipeline with(StableDiffusionPipeline pipeline, @Nullable String value) {
        if (value == null) {
            return pipeline;
        }
        check(value);
        return pipeline.withScheduler(Schedulers.named(
                value.toLowerCase(Locale.ROOT), pipeline.scheduler().config()));
    }
}
