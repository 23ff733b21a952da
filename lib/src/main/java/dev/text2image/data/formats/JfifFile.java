package dev.text2image.data.formats;

import java.io.ByteArrayOutputStream;

/** JPEG files with the header of JFIF alone, by which every reader takes three colour components for YCbCr, and without profiles. */
final class JfifFile {
    private static final byte[] HEADER = {
        -1, (byte) 0xd8, -1, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private JfifFile() {}

    /**
     * Puts the header before what a file has between its start and its first scan (ITU T.81, annex B), without the application's data.
     * Steps over what libjpeg steps over too.
     */
    static byte[] of(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(HEADER.length + file.length);
        out.writeBytes(HEADER);
        int at = 2;
        while (at + 4 <= file.length) {
            int marker = file[at + 1] & 0xff;
            if ((file[at] & 0xff) != 0xff || marker == 0xff) {
                at++;
            } else if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd7)) {
                at += 2;
            } else if (hasLength(marker)) {
                int length = 2 + (((file[at + 2] & 0xff) << 8) | (file[at + 3] & 0xff));
                if (marker < 0xe0 || marker > 0xef) {
                    out.write(file, at, Math.min(length, file.length - at));
                }
                at += length;
            } else {
                break;
            }
        }
        out.write(file, Math.min(at, file.length), Math.max(0, file.length - at));
        return out.toByteArray();
    }

    /** Whether what begins with a marker has a length and more such parts may follow, which is not so of a scan. */
    private static boolean hasLength(int marker) {
        return marker >= 0xc0 && (marker < 0xd8 || marker > 0xda);
    }
}
