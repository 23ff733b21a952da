package dev.text2image.training.planning;

import dev.text2image.data.BrokenImage;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CheckedDataset;
import dev.text2image.data.ImageCheck;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
        CaptionedDataset all =
                read(config, config.dataDirectory(), config.datasetRevision()).withCaptions(config::caption);
        RunImages own = used(config, all, config.maxTrainSamples(), known == null ? null : known.training());
        String prior = config.priorDataDir();
        if (prior == null) {
            return own;
        }
        try {
            List<BrokenImage> broken = known == null ? null : known.prior();
            return new RunImages(
                    own.images(), own.broken(), used(config, read(config, Path.of(prior), null), null, broken));
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
        if (directory == null) {
            return null;
        }
        CaptionedDataset all = read(config, Path.of(directory), null).withCaptions(config::caption);
        return used(config, all, null, known == null ? null : known.validation());
    }

    /**
     * Checks that the hub has the data sets that are named as there, before a model is downloaded.
     *
     * @param config the hyper-parameters
     * @throws dev.text2image.io.InvalidInputException if one of them is not there
     */
    public static void checkNames(TrainingConfig config) {
        CaptionedDataset.checkName(config.dataDirectory(), config.datasetRevision());
        for (String other : Arrays.asList(config.priorDataDir(), config.validationDataDir())) {
            if (other != null) {
                CaptionedDataset.checkName(Path.of(other), null);
            }
        }
    }

    private static CaptionedDataset read(TrainingConfig config, Path path, @Nullable String revision) {
        return CaptionedDataset.open(path, revision, config.imageColumn(), config.captionColumn());
    }

    /** Chooses the rows of a data set that a run uses; closes it if that fails. */
    private static RunImages used(
            TrainingConfig config, CaptionedDataset all, @Nullable Integer limit, @Nullable List<BrokenImage> known) {
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
