package dev.text2image.data.loading;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Interpolation;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.util.random.RandomGenerator;

/**
 * What happens to an image before the model sees it: resize so that the shorter side has the resolution, crop a square, perhaps
 * mirror, scale to [-1, 1]. The pixels equal those of torchvision 0.22 on Pillow images.
 *
 * <p>Random numbers are drawn in this order: the crop's top, the crop's left (both unless the crop is centred), the mirroring (if
 * it is on).
 *
 * @param resolution the width and height of the result in pixels, at least 1
 * @param centerCrop true to crop at the centre, false to crop at a random place
 * @param randomFlip true to mirror every other image, left to right, at random
 * @param interpolation how pixels are interpolated
 */
public record ImageTransforms(int resolution, boolean centerCrop, boolean randomFlip, Interpolation interpolation) {
    /** Checks the values. */
    public ImageTransforms {
        if (resolution < 1) {
            throw new InvalidInputException("The resolution is " + resolution + "; it must be at least 1.");
        }
    }

    /**
     * Returns the transforms that draw no random numbers: Lanczos, cropped at the centre, never mirrored.
     *
     * @param resolution the width and height of the result in pixels
     * @return the transforms
     */
    public static ImageTransforms centered(int resolution) {
        return new ImageTransforms(resolution, true, false, Interpolation.LANCZOS);
    }

    /**
     * Resizes, crops and mirrors an image.
     *
     * @param image any image
     * @param random where the random numbers come from
     * @return an image of {@code resolution} x {@code resolution} pixels
     * @throws InvalidInputException if the image is so long that its resized form would be too large
     */
    public RgbImage transform(RgbImage image, RandomGenerator random) {
        Dimension size = resizedSize(image.width(), image.height());
        Placement place = place(size.width, size.height, random);
        Rectangle part = new Rectangle(place.left(), place.top(), resolution, resolution);
        RgbImage square = Images.resize(image, size.width, size.height, interpolation, part);
        return place.mirrored() ? square.flip() : square;
    }

    /**
     * Draws where a square is cut out of a resized image and whether it is mirrored.
     *
     * @param width the resized image's width in pixels, at least the resolution
     * @param height the resized image's height in pixels, at least the resolution
     * @param random where the random numbers come from
     * @return the place
     */
    Placement place(int width, int height, RandomGenerator random) {
        int restX = width - resolution;
        int restY = height - resolution;
        int top = centerCrop ? (int) Math.rint(restY / 2.0) : random.nextInt(restY + 1);
        int left = centerCrop ? (int) Math.rint(restX / 2.0) : random.nextInt(restX + 1);
        return new Placement(top, left, randomFlip && random.nextDouble() < 0.5);
    }

    /**
     * Resizes, crops, mirrors and scales an image.
     *
     * @param image any image
     * @param random where the random numbers come from
     * @return the samples, (3, resolution, resolution) in row-major order, in [-1, 1]
     * @throws InvalidInputException if the image is so long that its resized form would be too large
     */
    public float[] apply(RgbImage image, RandomGenerator random) {
        return Images.normalize(transform(image, random));
    }

    /** Returns the size whose shorter side is the resolution and whose aspect is kept, with the longer side rounded down. */
    Dimension resizedSize(int width, int height) {
        int shorter = Math.min(width, height);
        int longer = Math.max(width, height);
        double newLonger = Math.floor((double) ((long) resolution * longer) / shorter);
        if (newLonger * resolution > ImageReader.MAX_PIXELS) {
            throw new InvalidInputException("The image is too long: " + width + " x " + height + " pixels resized to "
                    + resolution + " would have more than " + ImageReader.MAX_PIXELS + " pixels. Crop it first.");
        }
        boolean upright = width <= height;
        return new Dimension(upright ? resolution : (int) newLonger, upright ? (int) newLonger : resolution);
    }
}
