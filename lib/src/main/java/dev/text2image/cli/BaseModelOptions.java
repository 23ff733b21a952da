package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a fine-tuned model was made of, to be measured beside it. */
final class BaseModelOptions {
    @Option(
            names = "--base_model",
            description =
                    "Model that the measured one was fine-tuned from. With it, captions trained on, others, and those"
                            + " of base_data_dir are drawn with both, and names, distance and style stand beside each other.")
    private @Nullable Path model;

    @Option(names = "--base_data_dir", description = "Pictures and captions that the base model was trained on.")
    private @Nullable Path data;

    @Option(
            names = "--caption_template",
            defaultValue = "{}",
            description = "How the fine-tuning worded its captions, as that flag of train (default: ${DEFAULT-VALUE}).")
    private String template = "{}";

    /**
     * Both directories.
     *
     * @param model the base model
     * @param data its pictures
     */
    record Base(Path model, Path data) {}

    /** The base model and its data, or null if the model is measured alone. */
    @Nullable
    Base base() {
        if (model == null && data == null) {
            return null;
        }
        if (model == null || data == null) {
            throw new InvalidInputException((model == null ? "base_data_dir" : "base_model") + " is given without "
                    + (model == null ? "base_model" : "base_data_dir") + "; give both, or none.");
        }
        return new Base(model, data);
    }

    /** Words captions as the fine-tuning did. */
    UnaryOperator<String> wording() {
        return TrainingConfig.builder().captionTemplate(template).build()::caption;
    }
}
