package dev.text2image.data.formats;

import java.io.IOException;

/** The colour space in which a JPEG file stores its samples, found in its markers by the rules of libjpeg. */
enum JpegColors {
    GREY,
    RGB,
    YCC,
    CMYK,
    YCCK;

    /** Finds the colour space of a file. */
    static JpegColors of(byte[] file) throws IOException {
        boolean jfif = false;
        int adobe = -1;
        int at = 2;
        while (at + 4 <= file.length) {
            int marker = file[at + 1] & 0xff;
            if ((file[at] & 0xff) != 0xff || marker == 0xff) {
                at++;
                continue;
            }
            int length = ((file[at + 2] & 0xff) << 8) | (file[at + 3] & 0xff);
            if (isFrame(marker) && at + 10 <= file.length) {
                return of(file, at + 9, jfif, adobe);
            }
            jfif |= marker == 0xe0 && startsWith(file, at + 4, "JFIF");
            if (marker == 0xee && length >= 14 && startsWith(file, at + 4, "Adobe") && at + 15 < file.length) {
                adobe = file[at + 15] & 0xff;
            }
            at += 2 + length;
        }
        throw new IOException("it is truncated: it has no frame header");
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private static JpegColors of(byte[] file, int at, boolean jfif, int adobe) throws IOException {
        return switch (file[at]) {
            case 1 -> GREY;
            case 3 -> jfif || (adobe < 0 ? !startsWithIds(file, at) : adobe != 0) ? YCC : RGB;
            case 4 -> adobe < 0 || adobe == 0 ? CMYK : YCCK;
            default -> throw new IOException("it has " + (file[at] & 0xff) + " colour components; 1, 3 or 4 are known");
        };
    }

    /** Whether the components are named R, G and B. */
    private static boolean startsWithIds(byte[] file, int at) {
        return at + 7 < file.length && file[at + 1] == 'R' && file[at + 4] == 'G' && file[at + 7] == 'B';
    }

    private static boolean startsWith(byte[] file, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (at + i >= file.length || file[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
