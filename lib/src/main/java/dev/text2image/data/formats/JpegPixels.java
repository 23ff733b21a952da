package dev.text2image.data.formats;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG files. Most store YCbCr, which libjpeg converts in Java's reader. Of the others the reader gives the samples as they
 * are stored, and the colours are converted here, because Java's own conversion knows no CMYK and applies colour profiles.
 */
final class JpegPixels {
    private static final ColorModel RGB = new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);

    private JpegPixels() {}

    /** Decodes a file, whatever its colour space. */
    static RgbImage decode(byte[] file) throws IOException {
        JpegColors colors = JpegColors.of(file);
        if (colors == JpegColors.YCC) {
            return read(JfifFile.of(file), file.length, JpegPixels::rgb);
        }
        Raster raster = read(file, file.length, reader -> reader.readRaster(0, null));
        int width = raster.getWidth();
        int height = raster.getHeight();
        int bands = raster.getNumBands();
        byte[] pixels = new byte[3 * width * height];
        int[] row = new int[width * bands];
        int at = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++, at += 3) {
                convert(colors, row, x * bands, pixels, at);
            }
        }
        return Images.fromSamples(width, height, 3, pixels, Transparency.DROP);
    }

    /** Lets libjpeg convert the colours, which is what it is fastest at, into pixels in the order that an {@link RgbImage} has. */
    private static RgbImage rgb(ImageReader reader) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        byte[] pixels = new byte[3 * width * height];
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(pixels, pixels.length), width, height, 3 * width, 3, new int[] {0, 1, 2}, null);
        ImageReadParam place = reader.getDefaultReadParam();
        place.setDestination(new BufferedImage(RGB, raster, false, null));
        reader.read(0, place);
        return Images.fromSamples(width, height, 3, pixels, Transparency.DROP);
    }

    /** What is read of a file. */
    @FunctionalInterface
    private interface Reading<T> {
        T of(ImageReader reader) throws IOException;
    }

    private static <T> T read(byte[] file, int length, Reading<T> reading) throws IOException {
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            ImageReader reader = dev.text2image.data.formats.ImageReader.imageIoReader(in, "JPEG");
            List<String> warnings = new ArrayList<>();
            reader.addIIOReadWarningListener((source, text) -> warnings.add(text.toLowerCase(Locale.ROOT)));
            T result;
            try {
                result = reading.of(reader);
            } finally {
                reader.dispose();
            }
            if (warnings.stream().anyMatch(text -> text.contains("premature end"))) {
                throw new IOException("it is truncated: its " + length + " bytes end before the end of the picture");
            }
            return result;
        }
    }

    private static void convert(JpegColors colors, int[] from, int i, byte[] to, int at) {
        switch (colors) {
            case GREY -> rgb(from[i], from[i], from[i], to, at);
            case RGB -> rgb(from[i], from[i + 1], from[i + 2], to, at);
            case YCC -> throw new IllegalStateException("libjpeg converts these.");
            // Stored inverted, as Adobe's programs do: 255 is no ink.
            case CMYK -> {
                int key = from[i + 3];
                rgb(ink(from[i], key), ink(from[i + 1], key), ink(from[i + 2], key), to, at);
            }
            case YCCK -> {
                int y = from[i];
                int u = from[i + 1] - 128;
                int v = from[i + 2] - 128;
                int key = from[i + 3];
                rgb(ink(255 - red(y, v), key), ink(255 - green(y, u, v), key), ink(255 - blue(y, u), key), to, at);
            }
        }
    }

    private static void rgb(int red, int green, int blue, byte[] to, int at) {
        to[at] = (byte) red;
        to[at + 1] = (byte) green;
        to[at + 2] = (byte) blue;
    }

    // From Y, Cb - 128, Cr - 128 with 16 bits of fraction (JFIF 1.02; the rounding is that of libjpeg).

    private static int red(int y, int v) {
        return clip(y + ((91881 * v + 32768) >> 16));
    }

    private static int green(int y, int u, int v) {
        return clip(y + ((-22554 * u - 46802 * v + 32768) >> 16));
    }

    private static int blue(int y, int u) {
        return clip(y + ((116130 * u + 32768) >> 16));
    }

    /** Takes an ink away from the light that the black ink leaves over (Pillow, libImaging/Convert.c). */
    private static int ink(int stored, int key) {
        int product = (255 - stored) * key + 128;
        return clip(key - (((product >> 8) + product) >> 8));
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }
}
