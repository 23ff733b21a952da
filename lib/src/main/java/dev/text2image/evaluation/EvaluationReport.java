package dev.text2image.evaluation;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.text2image.evaluation.Labels.Agreement;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of a model. Distances of pictures are on the scale from 0 to 255, those of latents on the UNet's, where the
 * variance is about 1.
 *
 * @param model the model
 * @param scheduler the sampler's class name
 * @param settings how the samples were drawn
 * @param prompts how many different prompts that were
 * @param reconstructions how well the autoencoder gives pictures back that it was not trained on
 * @param references what the nearest pictures of each reference set say
 * @param seedDistance how far two samples of one prompt are apart, on average; null for one image a prompt
 * @param promptDistance how far samples of different prompts are apart, on average; null for one prompt
 * @param style how often the samples have the second of two styles, or null if no styles were given
 */
public record EvaluationReport(
        String model,
        String scheduler,
        EvaluationSettings settings,
        int prompts,
        List<Reconstruction> reconstructions,
        List<Reference> references,
        @Nullable Double seedDistance,
        @Nullable Double promptDistance,
        @Nullable Style style) {
    static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .serializeNulls()
            .create();

    /** Copies the lists. */
    public EvaluationReport {
        reconstructions = List.copyOf(reconstructions);
        references = List.copyOf(references);
    }

    /**
     * The autoencoder on one set.
     *
     * @param data the set
     * @param images its size
     * @param psnr the peak signal-to-noise ratio over all pixels, in dB
     */
    public record Reconstruction(String data, int images, double psnr) {}

    /**
     * The samples beside one reference set.
     *
     * @param data the set
     * @param images its size
     * @param samples the number of samples whose prompt is a caption of the set; only these are compared
     * @param pixels what the nearest pictures say
     * @param latents what the pictures with the nearest latents say
     * @param distance from a sample to the nearest picture, on average
     * @param leastDistance the same, at least
     * @param ownDistance from a picture of the set to the nearest other one, on average
     */
    public record Reference(
            String data,
            int images,
            int samples,
            List<Agreement> pixels,
            List<Agreement> latents,
            double distance,
            double leastDistance,
            double ownDistance) {
        /** Copies the lists. */
        public Reference {
            pixels = List.copyOf(pixels);
            latents = List.copyOf(latents);
        }
    }

    /**
     * The classifier of two styles and what it says about the samples. All pictures pass through the model's autoencoder first, as
     * samples do, so that its traces tell nothing.
     *
     * @param first the data of the first style
     * @param second the data of the second style
     * @param firstRight the share of held-out pictures of the first style that are recognized; null if none are held out
     * @param secondRight the share of held-out pictures of the second style that are recognized, likewise
     * @param samplesOfSecond the share of the samples that are taken for the second style
     */
    public record Style(
            String first,
            String second,
            @Nullable Double firstRight,
            @Nullable Double secondRight,
            double samplesOfSecond) {}

    /**
     * Returns the report as JSON.
     *
     * @return an object with a field for each component, in snake case
     */
    public JsonObject toJson() {
        return GSON.toJsonTree(this).getAsJsonObject();
    }

    /**
     * Returns the report as a table for people.
     *
     * @return Markdown, ending with a line break
     */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "`%s`: %d prompts x %d, %s, %d steps, guidance %s, seed %d.%n%n",
                model,
                prompts,
                settings.numImagesPerPrompt(),
                scheduler,
                settings.numInferenceSteps(),
                settings.guidanceScale(),
                settings.seed()));
        text.append("| measured | value | compare with |\n|---|---|---|\n");
        for (Reconstruction r : reconstructions) {
            String what = "autoencoder on " + r.images() + " images of " + r.data();
            line(text, what, String.format(Locale.ROOT, "%.2f dB", r.psnr()), "");
        }
        references.forEach(reference -> lines(text, reference));
        if (seedDistance != null) {
            line(text, "two samples of a prompt, apart by", number(seedDistance), promptsApart());
        }
        if (style != null) {
            line(text, "samples in the style of " + style.second(), percent(style.samplesOfSecond()), accuracy(style));
        }
        return text.toString();
    }

    private String promptsApart() {
        return promptDistance == null ? "" : "of two prompts " + number(promptDistance);
    }

    private static void lines(StringBuilder text, Reference reference) {
        String of = " of " + reference.images() + " in " + reference.data();
        agreements(text, "nearest picture" + of, reference.pixels());
        agreements(text, "nearest latents" + of, reference.latents());
        line(
                text,
                "nearest picture" + of + ", apart by",
                number(reference.distance()) + ", at least " + number(reference.leastDistance()),
                "each picture from the nearest other " + number(reference.ownDistance()));
    }

    private static void agreements(StringBuilder text, String what, List<Agreement> agreements) {
        for (Agreement a : agreements) {
            String levels = "chance " + percent(a.chance()) + ", other prompts " + percent(a.mismatched());
            line(text, what + ": same " + a.kind(), percent(a.hits()), levels);
        }
    }

    private static String accuracy(Style style) {
        return style.firstRight() == null || style.secondRight() == null
                ? ""
                : "held out: " + percent(1 - style.firstRight()) + " of " + style.first() + ", "
                        + percent(style.secondRight()) + " of " + style.second();
    }

    private static void line(StringBuilder text, String what, String value, String comparison) {
        text.append("| %s | %s | %s |\n".formatted(what, value, comparison));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
