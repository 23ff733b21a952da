package dev.text2image.data.images;

import java.util.Arrays;

/** An immutable image with three channels of 8 bits: red, green, blue. */
public final class RgbImage {
    private final int width;
    private final int height;
    private final byte[] pixels;

    private RgbImage(int width, int height, byte[] pixels) {
        if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "An image of " + width + " x " + height + " pixels cannot have " + pixels.length + " samples.");
        }
        this.width = width;
        this.height = height;
        this.pixels = pixels;
    }

    /**
     * Creates an image.
     *
     * @param width the width in pixels, at least 1
     * @param height the height in pixels, at least 1
     * @param pixels the samples, (height, width, 3) in row-major order, unsigned; copied
     * @return the image
     * @throws IllegalArgumentException if the number of samples does not fit the size
     */
    public static RgbImage of(int width, int height, byte[] pixels) {
        return new RgbImage(width, height, pixels.clone());
    }

    /** Creates an image that owns the array, which nobody may change any more. */
    static RgbImage wrap(int width, int height, byte[] pixels) {
        return new RgbImage(width, height, pixels);
    }

    /**
     * Returns the width.
     *
     * @return the width in pixels
     */
    public int width() {
        return width;
    }

    /**
     * Returns the height.
     *
     * @return the height in pixels
     */
    public int height() {
        return height;
    }

    /**
     * Returns a copy of the samples.
     *
     * @return the samples, (height, width, 3) in row-major order, unsigned
     */
    public byte[] pixels() {
        return pixels.clone();
    }

    /**
     * Copies the samples.
     *
     * @param target where to, in the order of {@link #pixels}
     * @param from where the first sample goes
     */
    public void copyTo(byte[] target, int from) {
        System.arraycopy(pixels, 0, target, from, pixels.length);
    }

    /** Returns the samples themselves, which must not be changed. */
    byte[] samples() {
        return pixels;
    }

    /**
     * Returns one pixel.
     *
     * @param x the column, from 0
     * @param y the row, from 0
     * @return the colour as {@code 0xRRGGBB}
     */
    public int rgb(int x, int y) {
        if (x < 0 || x >= width || y < 0 || y >= height) {
            throw new IndexOutOfBoundsException("Pixel (" + x + ", " + y + ") is outside of " + this + ".");
        }
        int at = 3 * (y * width + x);
        return ((pixels[at] & 0xff) << 16) | ((pixels[at + 1] & 0xff) << 8) | (pixels[at + 2] & 0xff);
    }

    /**
     * Cuts out a rectangle that lies inside the image.
     *
     * @param left the first column
     * @param top the first row
     * @param width the width of the rectangle
     * @param height the height of the rectangle
     * @return the part of the image
     * @throws IllegalArgumentException if the rectangle is not inside
     */
    public RgbImage crop(int left, int top, int width, int height) {
        if (left < 0 || top < 0 || left + width > this.width || top + height > this.height) {
            throw new IllegalArgumentException("A rectangle of " + width + " x " + height + " pixels at (" + left + ", "
                    + top + ") is not inside of " + this + ".");
        }
        if (width == this.width && height == this.height) {
            return this;
        }
        byte[] part = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            System.arraycopy(pixels, 3 * ((top + y) * this.width + left), part, 3 * y * width, 3 * width);
        }
        return wrap(width, height, part);
    }

    /**
     * Mirrors the image, left to right.
     *
     * @return the mirrored image
     */
    public RgbImage flip() {
        return ImageOrientation.MIRRORED.apply(this);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage image
                && image.width == width
                && image.height == height
                && Arrays.equals(image.pixels, pixels);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(pixels);
    }

    @Override
    public String toString() {
        return "RgbImage(" + width + " x " + height + ")";
    }
}
