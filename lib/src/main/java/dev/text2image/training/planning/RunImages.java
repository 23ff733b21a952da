package dev.text2image.training.planning;

import dev.text2image.data.BrokenImage;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CheckedDataset;
import dev.text2image.data.ImageCheck;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A data set of a run. Broken images are refused or left out before anything numbers the rows, so that order, sample and caches of a
 * run that goes on are those of the run before.
 *
 * @param images the rows that are used
 * @param broken what is left out, by the rows of the whole data set
 * @param prior what the base model knows and should not forget, or null
 */
public record RunImages(
        CaptionedDataset images,
        List<BrokenImage> broken,
        @Nullable RunImages prior) implements AutoCloseable {
    /** Copies the list. */
    public RunImages {
        broken = List.copyOf(broken);
    }

    /**
     * Opens the training data.
     *
     * @param config the hyper-parameters
     * @param known what a check found before, or null to check now
     * @return the images with their captions as the run words them, and those of {@code prior_data_dir}; to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if the data set cannot be used; broken images are listed
     */
    public static RunImages training(TrainingConfig config, @Nullable DataCheck known) {
        RunImages own = open(
                config,
                config.dataDirectory(),
                config.maxTrainSamples(),
                config::caption,
                known == null ? null : known.training());
        String prior = config.priorDataDir();
        if (prior == null) {
            return own;
        }
        try {
            List<BrokenImage> broken = known == null ? null : known.prior();
            return new RunImages(
                    own.images(), own.broken(), open(config, Path.of(prior), null, UnaryOperator.identity(), broken));
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
    }

    /**
     * Opens {@code validation_data_dir}, if there is one.
     *
     * @param config the hyper-parameters
     * @param known what a check found before, or null to check now
     * @return the images with their captions as the run words them; null without a directory
     * @throws dev.text2image.io.InvalidInputException as {@link #training}
     */
    public static @Nullable RunImages validation(TrainingConfig config, @Nullable DataCheck known) {
        String directory = config.validationDataDir();
        return directory == null
                ? null
                : open(config, Path.of(directory), null, config::caption, known == null ? null : known.validation());
    }

    private static RunImages open(
            TrainingConfig config,
            Path path,
            @Nullable Integer limit,
            UnaryOperator<String> wording,
            @Nullable List<BrokenImage> known) {
        CaptionedDataset all = CaptionedDataset.open(path, config.imageColumn(), config.captionColumn())
                .withCaptions(wording);
        try {
            if (!config.skipBrokenImages()) {
                CaptionedDataset used = limit == null ? all : all.sample(limit, config.seed());
                return new RunImages(check(config, used, known), List.of(), null);
            }
            CheckedDataset sound = check(config, all, known);
            return new RunImages(limit == null ? sound : sound.sample(limit, config.seed()), sound.broken(), null);
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private static CheckedDataset check(
            TrainingConfig config, CaptionedDataset dataset, @Nullable List<BrokenImage> known) {
        return known == null
                ? new ImageCheck(config.checkImages(), config.skipBrokenImages()).apply(dataset)
                : CheckedDataset.without(dataset, known);
    }

    /**
     * Takes other rows of the same data set.
     *
     * @param others a view of {@link #images}
     * @return those rows with the same prior
     */
    public RunImages withImages(CaptionedDataset others) {
        return new RunImages(others, broken, prior);
    }

    /**
     * Numbers all rows that pass through the models.
     *
     * @return the images, and after them those of the prior; closing it closes both
     */
    public CaptionedDataset all() {
        return prior == null ? images : CaptionedDataset.concat(List.of(images, prior.images()));
    }

    @Override
    public void close() {
        all().close();
    }
}
