package dev.text2image.trackers;

import dev.text2image.data.images.RgbImage;
import java.util.List;

/** Images of one size. */
final class ImageBatch {
    private static final int MOST_COLUMNS = 8;

    private final List<RgbImage> images;

    ImageBatch(String tag, List<RgbImage> images) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("There is no image to record as '" + tag + "'; give at least one.");
        }
        this.images = List.copyOf(images);
        for (RgbImage image : images) {
            if (image.width() != width() || image.height() != height()) {
                throw new IllegalArgumentException("The images to record as '" + tag + "' are an " + images.get(0)
                        + " and an " + image + "; give images of one size.");
            }
        }
    }

    int width() {
        return images.get(0).width();
    }

    int height() {
        return images.get(0).height();
    }

    /** One image of all, in rows of eight, without gaps and black where the last row ends (torch's {@code add_images}). */
    RgbImage grid() {
        int columns = Math.min(MOST_COLUMNS, images.size());
        int rows = (images.size() + columns - 1) / columns;
        byte[] pixels = new byte[3 * columns * width() * rows * height()];
        for (int i = 0; i < images.size(); i++) {
            byte[] tile = images.get(i).pixels();
            int left = i % columns * width();
            int top = i / columns * height();
            for (int y = 0; y < height(); y++) {
                int to = 3 * ((top + y) * columns * width() + left);
                System.arraycopy(tile, 3 * y * width(), pixels, to, 3 * width());
            }
        }
        return RgbImage.of(columns * width(), rows * height(), pixels);
    }
}
