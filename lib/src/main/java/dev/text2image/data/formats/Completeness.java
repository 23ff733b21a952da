package dev.text2image.data.formats;

import java.io.IOException;

/**
 * Tells by the structure of an image file whether its first picture is all there. Pixels are not decoded, and of most files only some
 * bytes are read. What follows the picture does not matter: readers ignore it.
 */
final class Completeness {
    private static final int TAIL = 1 << 12;
    private static final int[] JPEG_END = {0xFF, 0xD9};
    private static final int[] PNG_END = {'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};

    private final ImageBytes bytes;

    private Completeness(ImageBytes bytes) {
        this.bytes = bytes;
    }

    /**
     * Checks a file.
     *
     * @param bytes the file
     * @param format its format, as {@link ImageHeader} names it
     * @throws IOException if the file ends before its picture does; the message is a reason for {@link UnreadableImageException}
     */
    static void check(ImageBytes bytes, String format) throws IOException {
        Completeness file = new Completeness(bytes);
        switch (format) {
            case "JPEG" -> file.jpeg();
            case "PNG" -> file.png();
            case "GIF" -> file.gif();
            case "WEBP" -> bytes.require(8 + bytes.littleEndian(4, 4)); // the container's size (RIFF)
            case "BMP" -> file.bmp();
            case "TIFF" -> TiffCompleteness.check(bytes);
            case "PBM", "PGM", "PPM" -> file.pnm();
            default -> {}
        }
    }

    /** Walks over the segments (ITU T.81, annex B) to the picture, so that the end of a thumbnail is not taken for its end. */
    private void jpeg() throws IOException {
        long at = 2;
        while (true) {
            while (bytes.at(at) != 0xFF) {
                at++;
            }
            while (bytes.at(at) == 0xFF) {
                at++;
            }
            int marker = bytes.at(at++);
            if (marker == 0xDA) {
                break;
            }
            boolean alone = marker <= 1 || (marker >= 0xD0 && marker <= 0xD8);
            at += alone ? 0 : bytes.bigEndian(at, 2);
        }
        if (!bytes.contains(Math.max(at, bytes.size() - TAIL), JPEG_END) && !bytes.contains(at, JPEG_END)) {
            throw bytes.truncated();
        }
    }

    /** Looks for the last chunk (PNG specification, section 11.2.4) where it should be, else walks over all of them. */
    private void png() throws IOException {
        if (bytes.contains(bytes.size() - TAIL, PNG_END)) {
            return;
        }
        long at = 8;
        while (bytes.bigEndian(at + 4, 4) != 0x49454E44) { // IEND
            at += 12 + bytes.bigEndian(at, 4);
        }
        bytes.require(at + 12);
    }

    /** Walks over the blocks (GIF89a specification) to the end of the first picture. */
    private void gif() throws IOException {
        long at = 13L + colorTable(bytes.at(10));
        while (bytes.at(at) != 0x2C) {
            at = bytes.at(at) == 0x21 ? afterSubBlocks(at + 2) : at + 1;
        }
        afterSubBlocks(at + 11 + colorTable(bytes.at(at + 9)));
    }

    private static int colorTable(int flags) {
        return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    private long afterSubBlocks(long first) throws IOException {
        long at = first;
        for (int length = bytes.at(at); length > 0; length = bytes.at(at)) {
            at += 1 + length;
        }
        return at + 1;
    }

    /** Computes where uncompressed rows end, each of which is padded to 32 bits. */
    private void bmp() throws IOException {
        boolean old = bytes.littleEndian(14, 4) == 12;
        long width = old ? bytes.littleEndian(18, 2) : bytes.littleEndian(18, 4);
        long height = old ? bytes.littleEndian(20, 2) : Math.abs((int) bytes.littleEndian(22, 4));
        long rowBits = width * bytes.littleEndian(old ? 24 : 28, 2);
        long compression = old ? 0 : bytes.littleEndian(30, 4);
        boolean runLengths = compression == 1 || compression == 2;
        if (!runLengths) {
            bytes.require(bytes.littleEndian(10, 4) + height * ((rowBits + 31) / 32 * 4));
        }
    }

    /** Reads width, height and the largest value, which comments may interrupt, and computes where binary rows end. */
    private void pnm() throws IOException {
        int kind = bytes.at(1) - '0';
        if (kind < 4) {
            return; // numbers as text
        }
        long[] numbers = new long[] {0, 0, 1};
        long at = 2;
        for (int i = 0; i < (kind == 4 ? 2 : 3); i++) {
            for (int c = bytes.at(at); c < '0' || c > '9'; c = bytes.at(at)) {
                at = c == '#' ? afterLine(at) : at + 1;
            }
            numbers[i] = 0;
            for (int c = bytes.at(at); c >= '0' && c <= '9'; c = bytes.at(++at)) {
                numbers[i] = 10 * numbers[i] + c - '0';
            }
        }
        long samples = numbers[0] * (kind == 6 ? 3 : 1);
        long row = kind == 4 ? (samples + 7) / 8 : numbers[2] > 255 ? 2 * samples : samples;
        bytes.require(at + 1 + row * numbers[1]);
    }

    private long afterLine(long from) throws IOException {
        long at = from;
        while (bytes.at(at) != '\n') {
            at++;
        }
        return at;
    }
}
