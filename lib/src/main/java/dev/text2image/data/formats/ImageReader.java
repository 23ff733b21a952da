package dev.text2image.data.formats;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.apache.commons.imaging.ImageFormat;
import org.apache.commons.imaging.ImageFormats;
import org.apache.commons.imaging.Imaging;
import org.jspecify.annotations.Nullable;

/**
 * Reads image files of any usual format as {@link RgbImage}, with the pixels that Pillow's {@code convert("RGB")} gives.
 *
 * <p>The EXIF orientation is applied. Palettes, grey, CMYK and 16 bits are converted without colour profiles; of 16 bits the upper 8
 * are kept, also for grey images, which Pillow would turn nearly white. JPEG, PNG, BMP, GIF, TIFF, PNM and WebP files are equal to
 * Pillow's byte for byte. Of a file with several pictures the first is read, of an animation the first frame.
 */
public final class ImageReader {
    /** The number of pixels that an image may have at most, Pillow's limit against decompression bombs. */
    public static final long MAX_PIXELS = 178_956_970;

    private ImageReader() {}

    /**
     * Reads an image file and drops its transparency.
     *
     * @param file the file
     * @return the image
     * @throws InvalidInputException if it cannot be read; the message names the file and the reason
     */
    public static RgbImage read(Path file) {
        return EncodedImage.of(file.toString(), file).decode(Transparency.DROP);
    }

    /**
     * Reads an image from the bytes of a file.
     *
     * @param file the bytes of the file
     * @param name the file's name for error messages
     * @param transparency what becomes of transparent pixels
     * @return the image
     * @throws InvalidInputException if it cannot be read; the message names the file and the reason
     */
    public static RgbImage read(byte[] file, String name, Transparency transparency) {
        ImageFormat format = format(file, name);
        ImageHeader header = header(file, name);
        return guarded(name, () -> {
            PixelBounds.checkHeap(header.width(), header.height());
            return ExifOrientation.of(file).apply(pixels(file, format, transparency));
        });
    }

    /**
     * Reads what an image file says about itself, without decoding its pixels.
     *
     * @param file the bytes of the file
     * @param name the file's name for error messages
     * @return format and size
     * @throws InvalidInputException if the file is no image, or one that is too large to be decoded
     */
    public static ImageHeader header(byte[] file, String name) {
        ImageFormat format = format(file, name);
        Dimension size = guarded(name, () -> size(file, format));
        if (size == null || size.width < 1 || size.height < 1) {
            throw unreadable(name, "its header gives no size", null);
        }
        if ((long) size.width * size.height > MAX_PIXELS) {
            throw unreadable(
                    name,
                    "it has " + size.width + " x " + size.height + " pixels, more than the limit of " + MAX_PIXELS,
                    null);
        }
        guarded(name, () -> {
            PixelBounds.checkFile(file, format, size.width, size.height);
            return size;
        });
        return new ImageHeader(format.getName(), size.width, size.height);
    }

    private static ImageFormat format(byte[] file, String name) {
        if (file.length == 0) {
            throw unreadable(name, "it is empty (0 bytes)", null);
        }
        ImageFormat format;
        try {
            format = WebpFile.is(file) ? ImageFormats.WEBP : Imaging.guessFormat(file);
        } catch (IOException | RuntimeException e) {
            format = ImageFormats.UNKNOWN;
        }
        if (format.equals(ImageFormats.UNKNOWN)) {
            throw unreadable(name, ForeignFormat.describe(file), null);
        }
        return format;
    }

    private static RgbImage pixels(byte[] file, ImageFormat format, Transparency transparency) throws IOException {
        if (format.equals(ImageFormats.JPEG)) {
            return JpegPixels.decode(file);
        }
        if (format.equals(ImageFormats.WEBP)) {
            return WebpPixels.decode(file, transparency);
        }
        if (format.equals(ImageFormats.PNG)) {
            return PngPixels.decode(file, transparency);
        }
        // Commons Imaging would lose the colour under transparent pixels of a GIF.
        BufferedImage image =
                format.equals(ImageFormats.GIF) ? imageIo(file, format.getName()) : Imaging.getBufferedImage(file);
        return Images.fromBufferedImage(image, transparency);
    }

    /** Decodes with Java's image library. */
    static BufferedImage imageIo(byte[] file, String format) throws IOException {
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            return imageIoReader(in, format).read(0);
        }
    }

    /** Reads from a file. */
    @FunctionalInterface
    private interface Reading<T> {
        T read() throws IOException;
    }

    /** Makes errors of this project of whatever the readers of the formats throw. */
    private static <T> T guarded(String name, Reading<T> reading) {
        try {
            return reading.read();
        } catch (IOException | RuntimeException e) {
            throw unreadable(name, reason(e), e);
        } catch (OutOfMemoryError e) {
            throw unreadable(name, reason(PixelBounds.tooLargeForHeap("the decoder asked for more")), e);
        }
    }

    /** Reads the size of the picture that will be decoded: in a GIF file the first frame, which may be larger than the screen. */
    private static Dimension size(byte[] file, ImageFormat format) throws IOException {
        if (format.equals(ImageFormats.PNG)) {
            return PngCheck.size(file);
        }
        if (format.equals(ImageFormats.WEBP)) {
            return WebpFile.of(file).size();
        }
        if (!format.equals(ImageFormats.GIF)) {
            return Imaging.getImageSize(file);
        }
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            javax.imageio.ImageReader reader = imageIoReader(in, format.getName());
            return new Dimension(reader.getWidth(0), reader.getHeight(0));
        }
    }

    /** Finds a reader of Java's image library. */
    static javax.imageio.ImageReader imageIoReader(MemoryCacheImageInputStream in, String format) throws IOException {
        Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        if (!readers.hasNext()) {
            throw new IOException(format + " files cannot be decoded; convert it to PNG or JPEG");
        }
        javax.imageio.ImageReader reader = readers.next();
        reader.setInput(in, true, false);
        return reader;
    }

    /** Returns what a failure says. */
    static String reason(Exception e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
    }

    private static InvalidInputException unreadable(String name, String reason, @Nullable Throwable cause) {
        return new UnreadableImageException(name, reason, cause);
    }
}
