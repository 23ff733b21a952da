package dev.text2image.publishing;

import dev.text2image.data.images.Images;
import dev.text2image.plots.Charts;
import dev.text2image.plots.ImageGrid;
import dev.text2image.training.records.RunRecords;
import dev.text2image.training.records.TrainingHistory;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;

/**
 * The pictures of a card, as files beside it.
 *
 * @param samples the part of the card that shows images of the model; empty if the run drew none
 * @param losses the part of the card that shows the losses; empty if there are none
 */
record CardPictures(String samples, String losses) {
    private static final String SAMPLES_FILE = "samples.png";
    private static final String LOSS_FILE = "loss.png";

    /**
     * Draws the pictures.
     *
     * @param directory where the run has written, and where the pictures are written
     * @param prompts the validation prompts
     * @param history the losses
     */
    static CardPictures draw(Path directory, List<String> prompts, TrainingHistory history) {
        List<BufferedImage> images = RunRecords.lastImages(directory);
        String samples = "";
        if (!images.isEmpty()) {
            List<String> captions = images.size() == prompts.size() ? prompts : List.of();
            Images.writePng(ImageGrid.of(images, captions), directory.resolve(SAMPLES_FILE));
            samples = "![Images that the model drew at the end of its training](" + SAMPLES_FILE + ")\n";
        }
        String losses = "";
        if (!history.rows().isEmpty()) {
            Images.writePng(Charts.image(Charts.lossCurve(history.table())), directory.resolve(LOSS_FILE));
            losses = "![The loss of each training step and its moving average](" + LOSS_FILE + ")\n";
        }
        return new CardPictures(samples, losses);
    }
}
