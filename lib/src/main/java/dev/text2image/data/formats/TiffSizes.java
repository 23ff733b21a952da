package dev.text2image.data.formats;

import java.io.IOException;
import org.apache.commons.imaging.formats.tiff.TiffDirectory;
import org.apache.commons.imaging.formats.tiff.TiffField;
import org.apache.commons.imaging.formats.tiff.constants.TiffTagConstants;
import org.apache.commons.imaging.formats.tiff.taginfos.TagInfo;

/**
 * What decides how many bytes the pixels of a TIFF file take.
 *
 * @param tilePixels the pixels of a tile, 0 without tiles
 * @param bitsPerPixel the bits of a pixel
 * @param compression the value of the tag Compression
 */
record TiffSizes(long tilePixels, long bitsPerPixel, int compression) {
    /** Reads the tags of a directory. */
    static TiffSizes of(TiffDirectory directory) throws IOException {
        long tile = (long) value(directory, TiffTagConstants.TIFF_TAG_TILE_WIDTH, 0)
                * value(directory, TiffTagConstants.TIFF_TAG_TILE_LENGTH, 0);
        long bits = (long) value(directory, TiffTagConstants.TIFF_TAG_BITS_PER_SAMPLE, 1)
                * value(directory, TiffTagConstants.TIFF_TAG_SAMPLES_PER_PIXEL, 1);
        if (tile < 0 || bits < 1 || bits > 4 * 64) {
            throw new IOException("its header gives tiles of " + tile + " pixels and " + bits + " bits for a pixel");
        }
        return new TiffSizes(tile, bits, value(directory, TiffTagConstants.TIFF_TAG_COMPRESSION, 1));
    }

    private static int value(TiffDirectory directory, TagInfo tag, int absent) throws IOException {
        TiffField field = directory.findField(tag);
        return field == null ? absent : field.getIntArrayValue()[0];
    }

    /** Returns how many bytes one byte of the file can become at most. */
    long expansion(long width, long deflate, long lzw, long jpeg) {
        return switch (compression) {
            case 1 -> 1;
            // A row of fax takes a bit or more.
            case 2, 3, 4 -> Math.max(8, width);
            case 5 -> lzw;
            case 32773 -> 64;
            case 8, 32946 -> deflate;
            default -> 4 * jpeg;
        };
    }
}
