package dev.text2image.data.formats;

import dev.text2image.data.images.ImageOrientation;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.commons.imaging.Imaging;
import org.apache.commons.imaging.common.ImageMetadata;
import org.apache.commons.imaging.formats.jpeg.JpegImageMetadata;
import org.apache.commons.imaging.formats.png.PngImageMetadata;
import org.apache.commons.imaging.formats.tiff.TiffField;
import org.apache.commons.imaging.formats.tiff.TiffImageMetadata;
import org.apache.commons.imaging.formats.tiff.constants.TiffTagConstants;
import org.jspecify.annotations.Nullable;

/** Finds the EXIF orientation of an image file. */
final class ExifOrientation {
    private ExifOrientation() {}

    /** Returns a file's orientation; upright if it has none or if its metadata cannot be read, as in Pillow. */
    static ImageOrientation of(byte[] file) {
        try {
            TiffField field = field(Imaging.getMetadata(WebpFile.is(file) ? webpExif(file) : file));
            return field == null ? ImageOrientation.UPRIGHT : ImageOrientation.of(field.getIntValue());
        } catch (IOException | RuntimeException e) {
            return ImageOrientation.UPRIGHT;
        }
    }

    private static byte[] webpExif(byte[] file) throws IOException {
        ByteBuffer exif = WebpFile.of(file).exif();
        byte[] tiff = new byte[exif.remaining()];
        exif.get(tiff);
        return tiff;
    }

    private static @Nullable TiffField field(@Nullable ImageMetadata metadata) throws IOException {
        if (metadata instanceof JpegImageMetadata jpeg) {
            return jpeg.findExifValueWithExactMatch(TiffTagConstants.TIFF_TAG_ORIENTATION);
        }
        TiffImageMetadata tiff = null;
        if (metadata instanceof PngImageMetadata png) {
            tiff = png.getExif();
        } else if (metadata instanceof TiffImageMetadata own) {
            tiff = own;
        }
        return tiff == null ? null : tiff.findField(TiffTagConstants.TIFF_TAG_ORIENTATION);
    }
}
