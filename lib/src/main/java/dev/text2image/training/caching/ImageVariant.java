package dev.text2image.training.caching;

import dev.text2image.data.loading.Draw;
import java.io.Serializable;
import java.util.List;

/**
 * An image as the autoencoder sees it.
 *
 * @param row the image's row in the data set
 * @param mirrored whether it is mirrored, left to right
 */
public record ImageVariant(int row, boolean mirrored) implements Serializable {
    /**
     * Returns the variant that was drawn.
     *
     * @param draw what chance decided about a row
     * @return the variant
     */
    public static ImageVariant of(Draw draw) {
        return new ImageVariant(draw.row(), draw.mirrored());
    }

    /**
     * Lists the variants of an image.
     *
     * @param row the image's row in the data set
     * @param randomFlip whether images are mirrored by chance
     * @return the plain image, and the mirrored one if there can be one
     */
    public static List<ImageVariant> of(int row, boolean randomFlip) {
        ImageVariant plain = new ImageVariant(row, false);
        return randomFlip ? List.of(plain, new ImageVariant(row, true)) : List.of(plain);
    }
}
