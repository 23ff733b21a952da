package dev.text2image.data.formats;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.commons.imaging.FormatCompliance;
import org.apache.commons.imaging.ImageFormat;
import org.apache.commons.imaging.ImageFormats;
import org.apache.commons.imaging.bytesource.ByteSource;
import org.apache.commons.imaging.formats.tiff.TiffReader;

/**
 * What an image can hold: no more than its file can have, and no more than the heap has room for. Decoders make room for the size
 * that a header claims before they read a pixel, so this is checked before they are called.
 */
final class PixelBounds {
    /** Deflate's best: 258 bytes in 2 bits (RFC 1951, zlib's technical notes). */
    private static final long DEFLATE = 1032;
    /** A code of LZW, 12 bits at most and usually, stands for 4096 bytes at most. */
    private static final long LZW = 4096;
    /** A JPEG block of 8 x 8 samples takes a bit or more; subsampling spreads a block over four times four as many pixels. */
    private static final long JPEG_PIXELS = 8 * 64 * 16;
    /** Decoded pixels are 32 bits in all readers, 3 bytes more are what {@link dev.text2image.data.images.RgbImage} holds. */
    private static final long HEAP_BYTES_PER_PIXEL = 7;

    private PixelBounds() {}

    /**
     * Checks that a file is long enough for its pixels. Lossless WebP has no bound: an image of one colour takes no bits.
     *
     * @throws IOException if it cannot be
     */
    static void checkFile(byte[] file, ImageFormat format, int width, int height) throws IOException {
        long bytes;
        try {
            bytes = leastBytes(file, format, width, height);
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IOException("it is truncated: its " + file.length + " bytes end within the header", e);
        }
        if (bytes > file.length) {
            throw new IOException("its header claims " + width + " x " + height + " pixels, which take " + bytes
                    + " bytes or more, but the file has " + file.length);
        }
    }

    private static long leastBytes(byte[] file, ImageFormat format, long width, long height) throws IOException {
        long pixels = width * height;
        if (format.equals(ImageFormats.PNG)) {
            return bits(width, height, (file[24] & 0xffL) * pngSamples(file[25])) / 8 / DEFLATE;
        }
        if (format.equals(ImageFormats.BMP)) {
            return leastBmp(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN), width, height);
        }
        if (format.equals(ImageFormats.GIF)) {
            return pixels / LZW;
        }
        if (format.equals(ImageFormats.JPEG)) {
            return pixels / JPEG_PIXELS;
        }
        if (format.equals(ImageFormats.TIFF)) {
            return leastTiff(file, width, height);
        }
        return pixels * leastPnmBits(file) / 8;
    }

    private static long bits(long width, long height, long bitsPerPixel) {
        return Math.multiplyExact(width * height, bitsPerPixel);
    }

    private static int pngSamples(int colorType) {
        return switch (colorType) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
    }

    private static long leastBmp(ByteBuffer file, long width, long height) throws IOException {
        boolean old = file.getInt(14) == 12;
        int bitsPerPixel = file.getShort(old ? 24 : 28) & 0xffff;
        int compression = old ? 0 : file.getInt(30);
        if (compression != 1 && compression != 2) {
            long palette = old ? 0 : 4 * (file.getInt(46) & 0xffffffffL);
            return palette + bits(width, height, bitsPerPixel) / 8;
        }
        if (bitsPerPixel > 8) {
            throw new IOException("its header claims runs of pixels of " + bitsPerPixel + " bits; they have 8 at most");
        }
        // Two bytes are a run of up to 255 pixels, or the end of a row.
        return 2 * width * height / Math.max(255, width);
    }

    private static long leastTiff(byte[] file, long width, long height) throws IOException {
        var contents =
                new TiffReader(true).readFirstDirectory(ByteSource.array(file), false, FormatCompliance.getDefault());
        TiffSizes sizes = TiffSizes.of(contents.directories.get(0));
        long rows = Math.max(sizes.tilePixels(), width * height);
        return bits(rows, 1, sizes.bitsPerPixel()) / 8 / sizes.expansion(width, DEFLATE, LZW, JPEG_PIXELS);
    }

    /** Plain formats spend a character on a sample and mostly one between; the others are packed. */
    private static int leastPnmBits(byte[] file) {
        if (file[0] != 'P') {
            return 0;
        }
        return switch (file[1]) {
            case '1', '2', '5' -> 8;
            case '3', '6' -> 24;
            case '4', '7' -> 1;
            default -> 0;
        };
    }

    /**
     * Checks that the pixels fit into what is left of the heap.
     *
     * @throws IOException if they do not
     */
    static void checkHeap(int width, int height) throws IOException {
        long needed = HEAP_BYTES_PER_PIXEL * width * height;
        if (needed > free()) {
            System.gc();
            if (needed > free()) {
                throw tooLargeForHeap(width + " x " + height + " pixels, about " + (needed >> 20) + " MiB");
            }
        }
    }

    /** Makes the error for what does not fit. */
    static IOException tooLargeForHeap(String what) {
        Runtime runtime = Runtime.getRuntime();
        return new IOException("to decode it takes more memory than Java has left (" + what + "; the limit is "
                + (runtime.maxMemory() >> 20) + " MiB, raise it with -Xmx)");
    }

    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }
}
