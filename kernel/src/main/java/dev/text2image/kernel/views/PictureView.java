package dev.text2image.kernel.views;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.images.RgbImage;
import dev.text2image.plots.HiDpi;
import dev.text2image.plots.ImageGrid;
import dev.text2image.plots.Pictures;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A picture and what it shows.
 *
 * @param image the picture
 * @param text what it shows
 */
record PictureView(BufferedImage image, String text) {
    private static final int FIRST_ROWS = 8;
    private static final int MAX_IMAGES = 48;

    static PictureView of(BufferedImage image) {
        return new PictureView(image, HiDpi.description(image));
    }

    /** One image as it is, several in a grid. */
    static PictureView of(Pictures pictures) {
        int count = pictures.images().size();
        if (count == 1 && pictures.captions().get(0).isBlank()) {
            return of(pictures.images().get(0));
        }
        int shown = Math.min(MAX_IMAGES, count);
        BufferedImage grid = ImageGrid.of(
                pictures.images().subList(0, shown), pictures.captions().subList(0, shown));
        String text = HiDpi.description(grid);
        return new PictureView(grid, shown == count ? text : "the first of " + count + " images; " + text);
    }

    /** The first rows. */
    static PictureView of(CaptionedDataset dataset) {
        int shown = Math.min(FIRST_ROWS, dataset.size());
        List<CaptionedImage> rows =
                IntStream.range(0, shown).mapToObj(dataset::row).toList();
        PictureView view = of(Pictures.of(rows));
        return new PictureView(view.image, Values.count(dataset.size(), "row") + ", the first of them: " + view.text);
    }

    /** A list that holds images only; tensors in a list are usually none. */
    static Optional<PictureView> of(List<?> list) {
        boolean images = !list.isEmpty()
                && list.stream()
                        .allMatch(element -> element instanceof BufferedImage
                                || element instanceof RgbImage
                                || element instanceof CaptionedImage);
        return images ? Optional.of(of(Pictures.of(list))) : Optional.empty();
    }
}
