package dev.text2image.data.formats;

import java.awt.Dimension;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** Makes sure that a PNG file is whole, which Java's reader does not notice (PNG specification, section 5). */
final class PngCheck {
    private static final int SIGNATURE = 8;

    private PngCheck() {}

    /** Reads the size from the header, which is the first chunk. */
    static Dimension size(byte[] file) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(file);
        if (file.length < SIGNATURE + 25) {
            throw truncated(file.length);
        }
        if (buffer.getInt(SIGNATURE) != 13 || buffer.getInt(SIGNATURE + 4) != 0x49484452) {
            throw new IOException("its first chunk is no header (IHDR of 13 bytes), so the file is damaged");
        }
        return new Dimension(buffer.getInt(SIGNATURE + 8), buffer.getInt(SIGNATURE + 12));
    }

    /**
     * A chunk.
     *
     * @param type its type, four letters
     * @param start where its data begins in the file
     * @param length how many bytes its data has
     */
    record Chunk(String type, int start, int length) {}

    /** Walks through the chunks up to the end, compares the check sums of those that make the picture, and returns all. */
    static List<Chunk> check(byte[] file) throws IOException {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.wrap(file).position(Math.min(SIGNATURE, file.length));
        String type = "";
        while (!type.equals("IEND")) {
            if (buffer.remaining() < 12) {
                throw truncated(file.length);
            }
            int length = buffer.getInt();
            int start = buffer.position();
            type = new String(file, start, 4, StandardCharsets.ISO_8859_1);
            if (length < 0 || length > buffer.remaining() - 8) {
                throw truncated(file.length);
            }
            buffer.position(start + 4 + length);
            compare(file, type, start, length + 4, buffer.getInt());
            chunks.add(new Chunk(type, start + 4, length));
        }
        return chunks;
    }

    private static void compare(byte[] file, String type, int start, int length, int expected) throws IOException {
        if (Character.isLowerCase(type.charAt(0))) {
            return;
        }
        CRC32 sum = new CRC32();
        sum.update(file, start, length);
        if ((int) sum.getValue() != expected) {
            throw new IOException("the check sum of its " + type + " chunk is wrong, so the file is damaged");
        }
    }

    private static IOException truncated(int length) {
        return new IOException("it is truncated: its " + length + " bytes end before the end of the picture");
    }
}
