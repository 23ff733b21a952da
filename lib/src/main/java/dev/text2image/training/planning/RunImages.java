package dev.text2image.training.planning;

import dev.text2image.data.BrokenImage;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CheckedDataset;
import dev.text2image.data.ImageCheck;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A data set of a run. Broken images are refused or left out before anything numbers the rows, so that order, sample and caches of a
 * run that goes on are those of the run before.
 *
 * @param images the rows that are used
 * @param broken what is left out, by the rows of the whole data set
 */
public record RunImages(CaptionedDataset images, List<BrokenImage> broken) {
    /**
     * Opens the training data.
     *
     * @param config the hyper-parameters
     * @param known what a check found before, or null to check now
     * @return the images, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if the data set cannot be used; broken images are listed
     */
    public static RunImages training(TrainingConfig config, @Nullable List<BrokenImage> known) {
        return open(config, config.dataDirectory(), config.maxTrainSamples(), known);
    }

    /**
     * Opens {@code validation_data_dir}, if there is one.
     *
     * @param config the hyper-parameters
     * @param known what a check found before, or null to check now
     * @return the images; null without a directory
     * @throws dev.text2image.io.InvalidInputException as {@link #training}
     */
    public static @Nullable RunImages validation(TrainingConfig config, @Nullable List<BrokenImage> known) {
        String directory = config.validationDataDir();
        return directory == null ? null : open(config, Path.of(directory), null, known);
    }

    private static RunImages open(
            TrainingConfig config, Path path, @Nullable Integer limit, @Nullable List<BrokenImage> known) {
        CaptionedDataset all = CaptionedDataset.open(path, config.imageColumn(), config.captionColumn());
        try {
            if (!config.skipBrokenImages()) {
                CaptionedDataset used = limit == null ? all : all.sample(limit, config.seed());
                return new RunImages(check(config, used, known), List.of());
            }
            CheckedDataset sound = check(config, all, known);
            return new RunImages(limit == null ? sound : sound.sample(limit, config.seed()), sound.broken());
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
}
