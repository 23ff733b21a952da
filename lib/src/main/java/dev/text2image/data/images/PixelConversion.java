package dev.text2image.data.images;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Turns decoded images of any pixel format into RGB, from their samples, without gamma or colour profiles. */
final class PixelConversion {
    private PixelConversion() {}

    /** Converts an image. */
    static RgbImage toRgb(BufferedImage image, Transparency transparency) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[3 * width * height];
        RowReader reader = reader(image);
        int[] argb = new int[width];
        boolean onWhite =
                transparency == Transparency.ON_WHITE && image.getColorModel().hasAlpha();
        int at = 0;
        for (int y = 0; y < height; y++) {
            reader.read(y, argb);
            for (int x = 0; x < width; x++) {
                int pixel = onWhite ? onWhite(argb[x]) : argb[x];
                pixels[at++] = (byte) (pixel >> 16);
                pixels[at++] = (byte) (pixel >> 8);
                pixels[at++] = (byte) pixel;
            }
        }
        return RgbImage.wrap(width, height, pixels);
    }

    /** Converts samples of 8 bits that lie pixel by pixel: grey, grey and alpha, RGB, or RGB and alpha. */
    static RgbImage toRgb(int width, int height, int bands, byte[] samples, Transparency transparency) {
        if (bands == 3) {
            return RgbImage.wrap(width, height, samples);
        }
        byte[] pixels = new byte[3 * width * height];
        boolean onWhite = transparency == Transparency.ON_WHITE && bands % 2 == 0;
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        for (int from = 0, at = 0; at < pixels.length; from += bands, at += 3) {
            int alpha = onWhite ? samples[from + bands - 1] & 0xff : 255;
            pixels[at] = blend(samples[from], alpha);
            pixels[at + 1] = blend(samples[from + green], alpha);
            pixels[at + 2] = blend(samples[from + blue], alpha);
        }
        return RgbImage.wrap(width, height, pixels);
    }

    private static byte blend(byte value, int alpha) {
        return alpha == 255 ? value : (byte) blend(value & 0xff, alpha);
    }

    /** Reads one row as 0xAARRGGBB. */
    private interface RowReader {
        void read(int y, int[] argb);
    }

    private static RowReader reader(BufferedImage image) {
        ColorModel colors = image.getColorModel();
        Raster raster = image.getRaster();
        if (image.getType() == BufferedImage.TYPE_INT_ARGB || image.getType() == BufferedImage.TYPE_INT_RGB) {
            return (y, argb) -> raster.getDataElements(0, y, argb.length, 1, argb);
        }
        if (colors instanceof IndexColorModel palette) {
            return (y, argb) -> {
                raster.getSamples(0, y, argb.length, 1, 0, argb);
                for (int x = 0; x < argb.length; x++) {
                    argb[x] = palette.getRGB(argb[x]);
                }
            };
        }
        if (samplesAreColors(colors)) {
            return samples(raster, colors.getComponentSize(0) - 8);
        }
        return (y, argb) -> image.getRGB(0, y, argb.length, 1, argb, 0, argb.length);
    }

    private static boolean samplesAreColors(ColorModel colors) {
        int type = colors.getColorSpace().getType();
        boolean known = type == ColorSpace.TYPE_GRAY || type == ColorSpace.TYPE_RGB;
        for (int size : colors.getComponentSize()) {
            known &= size == colors.getComponentSize(0) && (size == 8 || size == 16);
        }
        return known && !colors.isAlphaPremultiplied();
    }

    private static RowReader samples(Raster raster, int shift) {
        int bands = raster.getNumBands();
        int[] row = new int[raster.getWidth() * bands];
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        int alpha = bands % 2 == 0 ? bands - 1 : -1;
        return (y, argb) -> {
            raster.getPixels(0, y, argb.length, 1, row);
            for (int x = 0, at = 0; x < argb.length; x++, at += bands) {
                int opacity = alpha < 0 ? 255 : row[at + alpha] >> shift;
                argb[x] = (opacity << 24)
                        | ((row[at] >> shift) << 16)
                        | ((row[at + green] >> shift) << 8)
                        | (row[at + blue] >> shift);
            }
        };
    }

    private static int onWhite(int argb) {
        int alpha = argb >>> 24;
        return (blend((argb >> 16) & 0xff, alpha) << 16)
                | (blend((argb >> 8) & 0xff, alpha) << 8)
                | blend(argb & 0xff, alpha);
    }

    /** Lays a sample on white with seven extra bits of precision (Pillow, libImaging/AlphaComposite.c). */
    private static int blend(int value, int alpha) {
        int sum = value * alpha * 128 + 255 * (255 - alpha) * 128 + (0x80 << 7);
        return (((sum >> 8) + sum) >> 8) >> 7;
    }
}
