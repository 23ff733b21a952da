package dev.text2image.data.formats;

import java.io.ByteArrayOutputStream;

/** JPEG files with the header of JFIF alone, by which every reader takes three colour components for YCbCr, and without profiles. */
final class JfifFile {
    private static final byte[] HEADER = {
        -1, (byte) 0xd8, -1, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private JfifFile() {}

    /** Puts the header before what a file has between its start and its scans (ITU T.81, annex B), without the application's data. */
    static byte[] of(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(HEADER.length + file.length);
        out.writeBytes(HEADER);
        int at = 2;
        while (at + 4 <= file.length) {
            int marker = file[at + 1] & 0xff;
            if ((file[at] & 0xff) != 0xff || marker == 0xff) {
                at++;
                continue;
            }
            if (marker == 0xda) {
                break;
            }
            int length = 2 + (((file[at + 2] & 0xff) << 8) | (file[at + 3] & 0xff));
            if (marker < 0xe0 || marker > 0xef) {
                out.write(file, at, Math.min(length, file.length - at));
            }
            at += length;
        }
        if (at < file.length) {
            out.write(file, at, file.length - at);
        }
        return out.toByteArray();
    }
}
