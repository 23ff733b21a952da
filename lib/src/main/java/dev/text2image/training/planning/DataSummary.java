package dev.text2image.training.planning;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.ImageHeader;
import java.util.HashSet;
import java.util.Set;

/**
 * What a data set's list says of it.
 *
 * @param images the number of rows
 * @param captions the number of different captions
 */
record DataSummary(int images, int captions) {
    static DataSummary of(CaptionedDataset dataset) {
        Set<String> captions = new HashSet<>();
        for (int row = 0; row < dataset.size(); row++) {
            captions.addAll(dataset.captions(row));
        }
        return new DataSummary(dataset.size(), captions.size());
    }

    /** Leaves out rows that are held out for validation; at least one remains. */
    DataSummary without(int rows) {
        return new DataSummary(Math.max(1, images - rows), captions);
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
