package dev.text2image.data.images;

/**
 * The eight ways in which a camera may have held an image, in the order of the values 1 to 8 of the EXIF tag Orientation
 * (Exif 2.32, section 4.6.4).
 */
public enum ImageOrientation {
    /** As it was seen. */
    UPRIGHT(false, false, false),
    /** Left and right exchanged. */
    MIRRORED(false, true, false),
    /** Turned by half a turn. */
    UPSIDE_DOWN(false, true, true),
    /** Top and bottom exchanged. */
    FLIPPED(false, false, true),
    /** Rows and columns exchanged. */
    TRANSPOSED(true, false, false),
    /** Turned to the left by a quarter. */
    TURNED_LEFT(true, false, true),
    /** Rows and columns exchanged, from the other corner. */
    TRANSVERSED(true, true, true),
    /** Turned to the right by a quarter. */
    TURNED_RIGHT(true, true, false);

    /** Whether rows and columns are exchanged. */
    private final boolean swap;

    /** Whether source columns are read from right to left. */
    private final boolean fromRight;

    /** Whether source rows are read from bottom to top. */
    private final boolean fromBottom;

    ImageOrientation(boolean swap, boolean fromRight, boolean fromBottom) {
        this.swap = swap;
        this.fromRight = fromRight;
        this.fromBottom = fromBottom;
    }

    /**
     * Returns the orientation with an EXIF value.
     *
     * @param exif the value, from 1 to 8; another one means upright
     * @return the orientation
     */
    public static ImageOrientation of(int exif) {
        return exif >= 1 && exif <= 8 ? values()[exif - 1] : UPRIGHT;
    }

    /**
     * Turns an image upright.
     *
     * @param image an image as the camera stored it
     * @return the image as it was seen
     */
    public RgbImage apply(RgbImage image) {
        if (this == UPRIGHT) {
            return image;
        }
        int w = image.width();
        int h = image.height();
        int stepX = fromRight ? -3 : 3;
        int stepY = fromBottom ? -3 * w : 3 * w;
        int start = (fromRight ? 3 * (w - 1) : 0) + (fromBottom ? 3 * w * (h - 1) : 0);
        int width = swap ? h : w;
        int height = swap ? w : h;
        return RgbImage.wrap(
                width, height, copy(image.samples(), width, height, start, swap ? stepY : stepX, swap ? stepX : stepY));
    }

    private static byte[] copy(byte[] from, int width, int height, int start, int stepColumn, int stepRow) {
        byte[] to = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int source = start + y * stepRow;
            for (int x = 0; x < width; x++, source += stepColumn) {
                to[at++] = from[source];
                to[at++] = from[source + 1];
                to[at++] = from[source + 2];
            }
        }
        return to;
    }
}
