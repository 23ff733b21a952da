package dev.text2image.data.images;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.AtomicFiles;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Turns images into tensors, Java's images and files, and back. */
public final class Images {
    private static final float[] NORMALIZED = normalized();

    private Images() {}

    /**
     * Turns an image into a tensor.
     *
     * @param manager the manager that the result attaches to
     * @param image the image
     * @return (3, height, width) float32 in [-1, 1]
     */
    public static NDArray toTensor(NDManager manager, RgbImage image) {
        Shape shape = new Shape(3, image.height(), image.width());
        return manager.create(FloatBuffer.wrap(normalize(image)), shape, DataType.FLOAT32);
    }

    /**
     * Scales an image's samples to [-1, 1].
     *
     * @param image the image
     * @return the samples, (3, height, width) in row-major order
     */
    public static float[] normalize(RgbImage image) {
        byte[] samples = image.samples();
        int plane = image.width() * image.height();
        float[] values = new float[3 * plane];
        for (int i = 0, at = 0; i < plane; i++, at += 3) {
            values[i] = NORMALIZED[samples[at] & 0xff];
            values[i + plane] = NORMALIZED[samples[at + 1] & 0xff];
            values[i + 2 * plane] = NORMALIZED[samples[at + 2] & 0xff];
        }
        return values;
    }

    private static float[] normalized() {
        float[] values = new float[256];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i / 255f - 0.5f) / 0.5f;
        }
        return values;
    }

    /**
     * Turns a tensor into an image: {@code x / 2 + 0.5}, cut off at 0 and 1, times 255, rounded half to even, as diffusers does.
     *
     * @param tensor (3, height, width) of a floating point type, usually in [-1, 1]
     * @return the image
     * @throws IllegalArgumentException if the shape is another
     */
    public static RgbImage fromTensor(NDArray tensor) {
        Shape shape = tensor.getShape();
        if (shape.dimension() != 3 || shape.get(0) != 3) {
            throw new IllegalArgumentException("The shape is " + shape + "; an image has (3, height, width).");
        }
        int height = Math.toIntExact(shape.get(1));
        int width = Math.toIntExact(shape.get(2));
        float[] values = floats(tensor);
        byte[] pixels = new byte[values.length];
        int plane = width * height;
        for (int i = 0; i < pixels.length; i++) {
            float value = Math.max(0, Math.min(1, values[i % 3 * plane + i / 3] / 2 + 0.5f));
            pixels[i] = (byte) Math.rint(value * 255f);
        }
        return RgbImage.wrap(width, height, pixels);
    }

    private static float[] floats(NDArray tensor) {
        if (tensor.getDataType() == DataType.FLOAT32) {
            return tensor.toFloatArray();
        }
        try (NDArray copy = tensor.toType(DataType.FLOAT32, true)) {
            return copy.toFloatArray();
        }
    }

    /**
     * Turns an image into one of Java's.
     *
     * @param image the image
     * @return an image of type {@link BufferedImage#TYPE_INT_RGB}
     */
    public static BufferedImage toBufferedImage(RgbImage image) {
        BufferedImage result = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        int[] pixels = ((DataBufferInt) result.getRaster().getDataBuffer()).getData();
        byte[] samples = image.samples();
        for (int i = 0, at = 0; i < pixels.length; i++, at += 3) {
            pixels[i] = (samples[at] & 0xff) << 16 | (samples[at + 1] & 0xff) << 8 | (samples[at + 2] & 0xff);
        }
        return result;
    }

    /**
     * Turns one of Java's images into ours.
     *
     * @param image the image, of any type
     * @param transparency what becomes of transparent pixels
     * @return the image
     */
    public static RgbImage fromBufferedImage(BufferedImage image, Transparency transparency) {
        return PixelConversion.toRgb(image, transparency);
    }

    /**
     * Turns a decoder's samples into an image.
     *
     * @param width the width in pixels
     * @param height the height in pixels
     * @param bands how many samples a pixel has: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
     * @param samples (height, width, bands) in row-major order, unsigned; the image may keep the array, so nobody may change it any more
     * @param transparency what becomes of transparent pixels
     * @return the image
     * @throws IllegalArgumentException if the number of samples does not fit the size
     */
    public static RgbImage fromSamples(int width, int height, int bands, byte[] samples, Transparency transparency) {
        if (bands < 1 || bands > 4 || samples.length != (long) bands * width * height) {
            throw new IllegalArgumentException(width + " x " + height + " pixels of " + bands
                    + " samples (1 to 4 are known) cannot have " + samples.length + " in all.");
        }
        return PixelConversion.toRgb(width, height, bands, samples, transparency);
    }

    /**
     * Resizes an image, with the same pixels as Pillow.
     *
     * @param image the image
     * @param width the new width in pixels
     * @param height the new height in pixels
     * @param interpolation how pixels are interpolated
     * @return the resized image; the same one if it has that size
     */
    public static RgbImage resize(RgbImage image, int width, int height, Interpolation interpolation) {
        return resize(image, width, height, interpolation, new Rectangle(width, height));
    }

    /**
     * Resizes an image and cuts a part out of the result, without computing the rest.
     *
     * @param image the image
     * @param width the new width in pixels
     * @param height the new height in pixels
     * @param interpolation how pixels are interpolated
     * @param part the rectangle to cut out, which lies inside the resized image
     * @return the part
     * @throws IllegalArgumentException if the rectangle is not inside
     */
    public static RgbImage resize(RgbImage image, int width, int height, Interpolation interpolation, Rectangle part) {
        if (part.isEmpty() || !new Rectangle(width, height).contains(part)) {
            throw new IllegalArgumentException("A part of " + part.width + " x " + part.height + " pixels at (" + part.x
                    + ", " + part.y + ") is not inside of " + width + " x " + height + " pixels.");
        }
        return Resizing.resize(image, width, height, interpolation, part);
    }

    /**
     * Returns an image as the bytes of a PNG file.
     *
     * @param image the image
     * @return the bytes
     */
    public static byte[] toPng(RgbImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(toBufferedImage(image), "png", bytes)) {
                throw new IllegalStateException("This Java runtime has no PNG writer.");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Writes a PNG file, beside its place first, so that a file of that name is always whole.
     *
     * @param image the image
     * @param file the file, which may exist; its directory is made if need be
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public static void writePng(RgbImage image, Path file) {
        writePng(toBufferedImage(image), file);
    }

    /**
     * Writes one of Java's images likewise.
     *
     * @param image the image
     * @param file the file, which may exist; its directory is made if need be
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public static void writePng(BufferedImage image, Path file) {
        AtomicFiles.writeFile(file, place -> {
            if (!ImageIO.write(image, "png", place.toFile())) {
                throw new IOException("this Java runtime has no PNG writer");
            }
        });
    }
}
