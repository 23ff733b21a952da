package dev.text2image.data.formats;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.AtomicFiles;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes WebP files with libwebp, as Pillow does: of an animation the first frame, on a canvas of transparent black. */
final class WebpPixels {
    private WebpPixels() {}

    /** Decodes a file. */
    static RgbImage decode(byte[] file, Transparency transparency) throws IOException {
        try {
            WebpFile webp = WebpFile.of(file);
            WebpFile.Frame frame = webp.frame();
            BufferedImage image = frame == null
                    ? still(file)
                    : onCanvas(webp, frame.bounds(), still(frame.still().array()));
            return Images.fromBufferedImage(image, transparency);
        } catch (OutOfMemoryError e) {
            // What libwebp calls out of memory, damaged alpha among it, comes as this error too.
            throw new IOException("it is damaged, or larger than the free memory", e);
        }
    }

    private static BufferedImage still(byte[] file) throws IOException {
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            ImageReader reader = dev.text2image.data.formats.ImageReader.imageIoReader(in, "WEBP");
            return reader.read(0, Libwebp.DEFAULTS);
        } catch (LinkageError e) {
            throw new IOException(
                    "libwebp, which decodes WebP files, cannot be loaded (" + e
                            + "); set -Djava.io.tmpdir to a directory from which libraries may be loaded",
                    e);
        } catch (IOException e) {
            throw new IOException("it is damaged (libwebp: " + e.getMessage() + ")", e);
        }
    }

    private static BufferedImage onCanvas(WebpFile webp, Rectangle bounds, BufferedImage frame) {
        int width = webp.size().width;
        BufferedImage canvas = new BufferedImage(
                width, webp.size().height, webp.alpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        int[] from = pixels(frame);
        int[] to = pixels(canvas);
        for (int y = 0; y < bounds.height; y++) {
            System.arraycopy(from, y * bounds.width, to, (bounds.y + y) * width + bounds.x, bounds.width);
        }
        return canvas;
    }

    /** Returns an image's pixels themselves, as 0xAARRGGBB. */
    private static int[] pixels(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }

    /** Loads the library once. */
    private static final class Libwebp {
        /** One for all files, because the binding never frees the native memory of these. */
        static final ImageReadParam DEFAULTS = load();

        private Libwebp() {}

        /** Lets the binding unpack its library where it can be removed at once: a library that is loaded needs no name. */
        private static ImageReadParam load() {
            try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(new byte[0]))) {
                Path directory = Files.createTempDirectory("text2image-webp-");
                System.setProperty("com.luciad.imageio.webp.tmpdir", directory.toString());
                try {
                    return dev.text2image.data.formats.ImageReader.imageIoReader(in, "WEBP")
                            .getDefaultReadParam();
                } finally {
                    delete(directory);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void delete(Path directory) {
            try {
                AtomicFiles.deleteRecursively(directory);
            } catch (UncheckedIOException e) {
                // Windows keeps a library that is loaded.
            }
        }
    }
}
