package dev.text2image.training.planning;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.formats.ImageHeader;
import java.util.HashSet;
import java.util.Set;

/**
 * What a data set's list says of it.
 *
 * @param images the number of rows to train on
 * @param priorImages the number of rows of the prior
 * @param captions the number of different captions of both
 */
record DataSummary(int images, int priorImages, int captions) {
    static DataSummary of(RunImages used) {
        CaptionedDataset all = used.all();
        Set<String> captions = new HashSet<>();
        for (int row = 0; row < all.size(); row++) {
            captions.addAll(all.captions(row));
        }
        int images = used.images().size();
        return new DataSummary(images, all.size() - images, captions.size());
    }

    /** Leaves out rows that are held out for validation; at least one remains. */
    DataSummary without(int rows) {
        return new DataSummary(Math.max(1, images - rows), priorImages, captions);
    }

    /** Counts the images that are not square, by their headers. */
    static int notSquare(CaptionedDataset dataset) {
        int count = 0;
        for (int row = 0; row < dataset.size(); row++) {
            ImageHeader header = dataset.row(row).header();
            count += header.width() == header.height() ? 0 : 1;
        }
        return count;
    }
}
