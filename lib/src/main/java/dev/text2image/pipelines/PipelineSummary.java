package dev.text2image.pipelines;

import dev.text2image.models.ModelSummary;
import dev.text2image.models.PretrainedModel;
import java.util.List;
import java.util.Locale;

/**
 * A pipeline by its parts, to look at: {@code pipeline.summary()}.
 *
 * @param models the models
 * @param tokenizer what is known of the tokenizer
 * @param scheduler the sampler's class
 */
public record PipelineSummary(List<Model> models, String tokenizer, String scheduler) {
    /** Copies the list. */
    public PipelineSummary {
        models = List.copyOf(models);
    }

    /**
     * One of the models.
     *
     * @param name its directory in a pipeline's
     * @param summary its blocks
     */
    public record Model(String name, ModelSummary summary) {}

    /**
     * Counts the numbers in all parameters.
     *
     * @return the parameter count
     */
    public long parameters() {
        return models.stream().mapToLong(model -> model.summary.parameters()).sum();
    }

    static PipelineSummary of(PipelineParts parts, String scheduler) {
        String tokenizer = String.format(
                Locale.ROOT,
                "%,d tokens, at most %d in a text",
                parts.tokenizer().vocabularySize(),
                parts.tokenizer().maxLength());
        List<Model> models = List.of(
                model("unet", parts.unet()), model("vae", parts.vae()), model("text_encoder", parts.textEncoder()));
        return new PipelineSummary(models, tokenizer, scheduler);
    }

    private static Model model(String name, PretrainedModel model) {
        return new Model(name, model.summary());
    }

    /**
     * Lists the parts.
     *
     * @return aligned lines
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("StableDiffusionPipeline");
        for (Model model : models) {
            ModelSummary summary = model.summary;
            text.append(String.format(
                    Locale.ROOT, "%n  %-13s %-21s %,15d", model.name, summary.model(), summary.parameters()));
        }
        return text.append(String.format("%n  %-13s %s", "tokenizer", tokenizer))
                .append(String.format("%n  %-13s %s", "scheduler", scheduler))
                .toString();
    }
}
