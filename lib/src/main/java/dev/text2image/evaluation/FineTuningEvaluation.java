package dev.text2image.evaluation;

import dev.text2image.evaluation.FineTuningReport.Row;
import dev.text2image.evaluation.ModelEvaluation.Styles;
import dev.text2image.evaluation.Neighbours.Neighbour;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.pipelines.StableDiffusionPipeline;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Measures what a fine-tuning has won and what it has cost: whether captions that were trained on give their pictures, whether others
 * keep their subject and take on the new style, and whether the base model's own captions still give its pictures.
 */
public final class FineTuningEvaluation {
    /** Captions that were trained on, against the pictures of the new style. */
    public static final String TRAINED_ON = "trained on";

    /** Captions that both sets have and that were not trained on, against their pictures in the base set. */
    public static final String NOT_TRAINED_ON = "not trained on";

    /** The base set's captions in its own words, against its pictures. */
    public static final String OF_THE_BASE = "of the base set";

    private final FineTuningData data;
    private final EvaluationSettings settings;
    private final StyleClassifier classifier;

    /**
     * Learns the two styles. All pictures pass through the autoencoder first, as samples do, so that its traces tell nothing.
     *
     * @param autoencoder the autoencoder of the models, which fine-tuning does not change; it stays the caller's
     * @param data the pictures and captions
     * @param settings how samples are drawn; {@code numPrompts} of each kind of captions
     */
    public FineTuningEvaluation(AutoencoderKL autoencoder, FineTuningData data, EvaluationSettings settings) {
        this.data = data;
        this.settings = settings;
        Styles styles = new Styles(data.base(), data.style(), data.heldOut());
        classifier = StyleClassifier.of(styles.through(new LatentSpace(autoencoder)));
    }

    /**
     * Prompts and what their samples are held against.
     *
     * @param prompts the prompts to choose from
     * @param pictures the pictures, with the prompts as captions
     */
    private record Kind(List<String> prompts, Pictures pictures) {}

    private Map<String, Kind> kinds() {
        UnaryOperator<String> wording = data.wording();
        Pictures base = data.base().pictures();
        Set<String> others = new HashSet<>(data.notTrainedOn());
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put(
                TRAINED_ON,
                new Kind(worded(data.trained()), data.style().pictures().withCaptions(wording)));
        kinds.put(
                NOT_TRAINED_ON,
                new Kind(
                        worded(data.notTrainedOn()),
                        base.where(others::contains).withCaptions(wording)));
        kinds.put(OF_THE_BASE, new Kind(base.captions(), base));
        return kinds;
    }

    private List<String> worded(List<String> captions) {
        return captions.stream().map(data.wording()).toList();
    }

    /**
     * Draws the same prompts with both models, from the same noise, and measures what they drew.
     *
     * @param before the base model; it stays the caller's
     * @param after the fine-tuned model, likewise
     * @return rows called before and after
     */
    public FineTuningReport compare(StableDiffusionPipeline before, StableDiffusionPipeline after) {
        List<Row> rows = new ArrayList<>();
        kinds().forEach((captions, kind) -> {
            rows.add(row(captions, "before", kind, before));
            rows.add(row(captions, "after", kind, after));
        });
        return new FineTuningReport(rows);
    }

    private Row row(String captions, String model, Kind kind, StableDiffusionPipeline pipeline) {
        Pictures pictures = kind.pictures();
        Pictures samples = new ModelEvaluation(pipeline, settings)
                .sample(kind.prompts(), pictures.resolution())
                .pictures();
        List<Neighbour> found = Neighbours.nearest(samples.pixels(), pictures.pixels());
        List<Integer> asked =
                samples.captions().stream().map(pictures.captions()::indexOf).toList();
        return new Row(
                captions,
                model,
                samples.size(),
                new Labels("caption", pictures.captions())
                        .agreement(asked, found)
                        .hits(),
                ModelEvaluation.meanDistance(found),
                classifier.shareOfSecond(samples));
    }
}
