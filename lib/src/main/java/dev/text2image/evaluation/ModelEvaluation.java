package dev.text2image.evaluation;

import dev.text2image.evaluation.EvaluationReport.Reconstruction;
import dev.text2image.evaluation.EvaluationReport.Reference;
import dev.text2image.evaluation.EvaluationReport.Style;
import dev.text2image.evaluation.Labels.Agreement;
import dev.text2image.evaluation.Neighbours.Neighbour;
import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.progress.Progress;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Measures a model: draws samples for captions of its training set, and looks for the picture of that set that each sample is nearest
 * to. A model that reads its prompts comes nearest to the picture that was asked for, or to one of its group; one that only copies
 * comes too near; one that ignores the noise draws the same twice.
 */
public final class ModelEvaluation {
    private final StableDiffusionPipeline pipeline;
    private final LatentSpace latentSpace;
    private final EvaluationSettings settings;

    /**
     * Prepares an evaluation.
     *
     * @param pipeline the model, with the sampler to use; it stays the caller's
     * @param settings how samples are drawn
     */
    public ModelEvaluation(StableDiffusionPipeline pipeline, EvaluationSettings settings) {
        this.pipeline = pipeline;
        this.latentSpace = new LatentSpace(pipeline.vae());
        this.settings = settings;
    }

    /**
     * Two styles of pictures.
     *
     * @param first the first, for example what the base model draws
     * @param second the second, for example what the model was fine-tuned on
     * @param heldOut pictures of the first and of the second style to check the classifier with, or none
     */
    public record Styles(ReferenceSet first, ReferenceSet second, List<Pictures> heldOut) {
        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if pictures of one style only are held out
         */
        public Styles {
            heldOut = List.copyOf(heldOut);
            if (!heldOut.isEmpty() && heldOut.size() != 2) {
                throw new IllegalArgumentException(
                        heldOut.size() + " sets are held out; give one for each of the two styles, or none.");
            }
        }

        /** The same pictures as an autoencoder gives them back: its traces, which samples have too, tell nothing then. */
        Styles through(LatentSpace space) {
            return new Styles(
                    first.withPictures(space.reconstruct(first.pictures())),
                    second.withPictures(space.reconstruct(second.pictures())),
                    heldOut.stream().map(space::reconstruct).toList());
        }
    }

    /**
     * The samples of an evaluation.
     *
     * @param images as they were drawn, those of the first prompt first
     * @param pictures the same, decoded, with their prompts
     */
    public record Samples(List<BufferedImage> images, Pictures pictures) {
        /** Copies the list. */
        public Samples {
            images = List.copyOf(images);
        }
    }

    /**
     * Draws samples for captions of a set.
     *
     * @param prompts the captions to choose from; each is used once at most
     * @param resolution the size at which the samples are compared
     * @return the samples, {@code numImagesPerPrompt} of each prompt
     */
    public Samples sample(List<String> prompts, int resolution) {
        List<String> chosen = choose(prompts);
        List<BufferedImage> images = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (int from = 0; from < chosen.size(); from += settings.batchSize()) {
            List<String> part = chosen.subList(from, Math.min(from + settings.batchSize(), chosen.size()));
            images.addAll(pipeline.generate(request(part, from)).images());
            part.forEach(prompt -> captions.addAll(Collections.nCopies(settings.numImagesPerPrompt(), prompt)));
        }
        return new Samples(images, Pictures.of(images, captions, resolution));
    }

    private List<String> choose(List<String> prompts) {
        List<String> different = new ArrayList<>(new LinkedHashSet<>(prompts));
        Collections.shuffle(different, new Random(settings.seed()));
        return different.subList(0, Math.min(settings.numPrompts(), different.size()));
    }

    private GenerationRequest request(List<String> prompts, int batch) {
        return GenerationRequest.of(prompts)
                .numImagesPerPrompt(settings.numImagesPerPrompt())
                .numInferenceSteps(settings.numInferenceSteps())
                .guidanceScale(settings.guidanceScale())
                .seed(settings.seed() + batch)
                .build();
    }

    /**
     * Measures how well the autoencoder gives a set back.
     *
     * @param data how the report calls the set
     * @param pictures the set
     * @return the result
     */
    public Reconstruction reconstruction(String data, Pictures pictures) {
        double psnr = LatentSpace.decibels(pictures, latentSpace.reconstruct(pictures));
        return new Reconstruction(data, pictures.size(), psnr);
    }

    /**
     * Finds for each sample the picture of a set that is nearest.
     *
     * @param samples the samples
     * @param reference the set
     * @return one picture for each sample
     */
    public static List<Neighbour> nearest(Pictures samples, ReferenceSet reference) {
        return Neighbours.nearest(samples.pixels(), reference.pictures().pixels());
    }

    /**
     * Compares samples with a set.
     *
     * @param samples the samples
     * @param reference the set
     * @return the result, of the samples whose prompt is a caption of the set
     * @throws InvalidInputException if no prompt is
     */
    public Reference compare(Pictures samples, ReferenceSet reference) {
        Pictures pictures = reference.pictures();
        Map<String, Integer> rows = new HashMap<>();
        for (int row = 0; row < pictures.size(); row++) {
            rows.putIfAbsent(pictures.captions().get(row), row);
        }
        Pictures known = samples.where(rows::containsKey);
        if (known.size() == 0) {
            throw new InvalidInputException("None of the prompts is a caption of " + reference.name()
                    + "; give a set with the same captions as the first one.");
        }
        List<Integer> asked = known.captions().stream().map(rows::get).toList();
        List<Neighbour> near = nearest(known, reference);
        List<Neighbour> latents = Neighbours.nearest(latentSpace.encode(known), latentSpace.encode(pictures));
        return new Reference(
                reference.name(),
                pictures.size(),
                known.size(),
                agreements(reference.labels(), asked, near),
                agreements(reference.labels(), asked, latents),
                meanDistance(near),
                near.stream().mapToDouble(Neighbour::distance).min().orElse(0) * Pictures.LEVELS,
                meanDistance(Neighbours.nearestOthers(pictures.pixels())));
    }

    private static List<Agreement> agreements(List<Labels> labels, List<Integer> asked, List<Neighbour> found) {
        return labels.stream().map(label -> label.agreement(asked, found)).toList();
    }

    static double meanDistance(List<Neighbour> found) {
        return found.stream().mapToDouble(Neighbour::distance).average().orElse(0) * Pictures.LEVELS;
    }

    /**
     * Tells how far samples of one prompt, or of different prompts, are apart.
     *
     * @param samples the samples
     * @param samePrompt true for the pairs with the same prompt, false for all others
     * @return the mean distance, or null if there is no such pair
     */
    public static @Nullable Double spread(Pictures samples, boolean samePrompt) {
        double sum = 0;
        int pairs = 0;
        for (int i = 0; i < samples.size(); i++) {
            Progress.checkInterrupted();
            for (int j = 0; j < i; j++) {
                if (samples.captions().get(i).equals(samples.captions().get(j)) == samePrompt) {
                    sum += Neighbours.distance(
                            samples.pixels().get(i), samples.pixels().get(j));
                    pairs++;
                }
            }
        }
        return pairs == 0 ? null : sum / pairs * Pictures.LEVELS;
    }

    /**
     * Learns two styles and tells which one the samples have.
     *
     * @param samples the samples
     * @param styles the styles
     * @return the result
     */
    public Style style(Pictures samples, Styles styles) {
        Styles seen = styles.through(latentSpace);
        StyleClassifier classifier = StyleClassifier.of(seen);
        List<Pictures> heldOut = seen.heldOut();
        return new Style(
                styles.first().name(),
                styles.second().name(),
                heldOut.isEmpty() ? null : 1 - classifier.shareOfSecond(heldOut.get(0)),
                heldOut.isEmpty() ? null : classifier.shareOfSecond(heldOut.get(1)),
                classifier.shareOfSecond(samples));
    }
}
