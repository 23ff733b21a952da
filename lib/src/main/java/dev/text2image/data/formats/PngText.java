package dev.text2image.data.formats;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Texts in PNG files (PNG specification, section 11.3.3): as tEXt where Latin-1 has all the characters, else as iTXt, as Pillow does.
 */
public final class PngText {
    private static final int SIGNATURE = 8;
    /** Length, type and check sum. */
    private static final int FRAME = 12;
    /** Behind the keyword of an iTXt chunk: not compressed, by no method, in no language, no translated keyword. */
    private static final byte[] PLAIN = new byte[5];

    private PngText() {}

    /**
     * Adds a text to a PNG file, behind its header.
     *
     * @param png the file's content
     * @param keyword the text's name, for example {@code "parameters"}
     * @param text the text
     * @return the content with the text
     */
    public static byte[] add(byte[] png, String keyword, String text) {
        boolean latin = StandardCharsets.ISO_8859_1.newEncoder().canEncode(text);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes((latin ? "tEXt" : "iTXt").getBytes(StandardCharsets.US_ASCII));
        content.writeBytes(keyword.getBytes(StandardCharsets.ISO_8859_1));
        content.writeBytes(latin ? new byte[1] : PLAIN);
        content.writeBytes(text.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
        byte[] chunk = content.toByteArray();
        CRC32 sum = new CRC32();
        sum.update(chunk);
        int header = SIGNATURE + FRAME + ByteBuffer.wrap(png).getInt(SIGNATURE);
        return ByteBuffer.allocate(png.length + chunk.length + 8)
                .put(png, 0, header)
                .putInt(chunk.length - 4)
                .put(chunk)
                .putInt((int) sum.getValue())
                .put(png, header, png.length - header)
                .array();
    }

    /**
     * Reads a text of a PNG file.
     *
     * @param file the file
     * @param keyword the text's name
     * @return the text; empty if the file has none of that name or is no whole PNG file
     * @throws IOException if it cannot be read
     */
    public static Optional<String> read(Path file, String keyword) throws IOException {
        byte[] png = Files.readAllBytes(file);
        try {
            PngCheck.check(png);
        } catch (IOException e) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(png).position(SIGNATURE);
        while (buffer.remaining() >= FRAME) {
            byte[] chunk = new byte[buffer.getInt() + 4];
            buffer.get(chunk).getInt();
            Optional<String> text = text(chunk, keyword);
            if (text.isPresent()) {
                return text;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> text(byte[] chunk, String keyword) {
        String type = new String(chunk, 0, 4, StandardCharsets.US_ASCII);
        if (type.equals("tEXt")) {
            return after(chunk, keyword, new byte[1], StandardCharsets.ISO_8859_1);
        }
        return type.equals("iTXt") ? after(chunk, keyword, PLAIN, StandardCharsets.UTF_8) : Optional.empty();
    }

    private static Optional<String> after(byte[] chunk, String keyword, byte[] separator, Charset charset) {
        byte[] name = keyword.getBytes(StandardCharsets.ISO_8859_1);
        int from = 4 + name.length;
        int to = from + separator.length;
        boolean found = to <= chunk.length
                && Arrays.equals(chunk, 4, from, name, 0, name.length)
                && Arrays.equals(chunk, from, to, separator, 0, separator.length);
        return found ? Optional.of(new String(chunk, to, chunk.length - to, charset)) : Optional.empty();
    }
}
