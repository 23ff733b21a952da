package dev.text2image.data.formats;

import dev.text2image.data.images.Transparency;
import java.io.IOException;
import java.util.Arrays;
import org.apache.commons.imaging.FormatCompliance;
import org.apache.commons.imaging.ImagingException;
import org.apache.commons.imaging.bytesource.ByteSource;
import org.apache.commons.imaging.formats.tiff.TiffDirectory;
import org.apache.commons.imaging.formats.tiff.TiffField;
import org.apache.commons.imaging.formats.tiff.TiffReader;
import org.apache.commons.imaging.formats.tiff.constants.TiffTagConstants;
import org.apache.commons.imaging.formats.tiff.taginfos.TagInfo;

/** Tells whether the strips or tiles of a TIFF file's first picture (TIFF 6.0, sections 7 and 15) lie inside the file. */
final class TiffCompleteness {
    private final TiffDirectory directory;

    private TiffCompleteness(TiffDirectory directory) {
        this.directory = directory;
    }

    /** Checks a file; see {@link Completeness#check}. */
    static void check(ImageBytes bytes) throws IOException {
        TiffDirectory first;
        try {
            first = new TiffReader(true)
                    .readFirstDirectory(ByteSource.array(bytes.all()), false, FormatCompliance.getDefault())
                    .directories
                    .get(0);
        } catch (ImagingException e) {
            // A value of the directory lies outside the file, which matters only if the reader needs it.
            ImageReader.read(bytes.all(), "", Transparency.DROP);
            return;
        }
        bytes.require(new TiffCompleteness(first).end());
    }

    private long end() throws IOException {
        boolean strips = directory.imageDataInStrips();
        long[] offsets =
                numbers(strips ? TiffTagConstants.TIFF_TAG_STRIP_OFFSETS : TiffTagConstants.TIFF_TAG_TILE_OFFSETS);
        long[] counts = numbers(
                strips ? TiffTagConstants.TIFF_TAG_STRIP_BYTE_COUNTS : TiffTagConstants.TIFF_TAG_TILE_BYTE_COUNTS);
        boolean plain = strips && number(TiffTagConstants.TIFF_TAG_COMPRESSION, 1) == 1;
        long end = 0;
        for (int i = 0; i < Math.min(offsets.length, counts.length); i++) {
            // Some programs write larger counts than there are bytes, which readers of uncompressed rows do not notice.
            long count = plain ? Math.min(counts[i], plainBytes(i)) : counts[i];
            end = Math.max(end, offsets[i] + count);
        }
        return end;
    }

    /** The bytes that the rows of an uncompressed strip take. */
    private long plainBytes(int strip) throws IOException {
        long height = number(TiffTagConstants.TIFF_TAG_IMAGE_LENGTH, 0);
        long rows = Math.max(1, Math.min(height, number(TiffTagConstants.TIFF_TAG_ROWS_PER_STRIP, height)));
        long[] bits = numbers(TiffTagConstants.TIFF_TAG_BITS_PER_SAMPLE);
        boolean planes = number(TiffTagConstants.TIFF_TAG_PLANAR_CONFIGURATION, 1) == 2;
        long pixelBits =
                bits.length == 0 ? 1 : planes ? bits[0] : Arrays.stream(bits).sum();
        long stripsPerPlane = Math.max(1, (height + rows - 1) / rows);
        long above = strip % stripsPerPlane * rows;
        long width = number(TiffTagConstants.TIFF_TAG_IMAGE_WIDTH, 0);
        return Math.min(rows, height - above) * ((width * pixelBits + 7) / 8);
    }

    private long number(TagInfo tag, long absent) throws IOException {
        long[] values = numbers(tag);
        return values.length == 0 ? absent : values[0];
    }

    private long[] numbers(TagInfo tag) throws IOException {
        TiffField field = directory.findField(tag);
        return field == null
                ? new long[0]
                : Arrays.stream(field.getIntArrayValue())
                        .mapToLong(Integer::toUnsignedLong)
                        .toArray();
    }
}
