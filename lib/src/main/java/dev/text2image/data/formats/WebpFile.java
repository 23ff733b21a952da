package dev.text2image.data.formats;

import java.awt.Dimension;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the container of a WebP file says (RFC 9649), without decoding pixels.
 *
 * @param size the size of the canvas in pixels
 * @param alpha whether the file says that it may be transparent; known of animations only
 * @param frame the first frame if the file is an animation
 * @param exif EXIF metadata as a TIFF file; empty if there is none
 */
record WebpFile(Dimension size, boolean alpha, @Nullable Frame frame, ByteBuffer exif) {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final byte[] EXIF_PREFIX = ascii("Exif\0\0");
    private static final int RIFF_HEADER = 12;
    private static final int FRAME_HEADER = 16;
    private static final int ALPHA = 0x10;
    private static final int ANIMATION = 0x02;

    /**
     * A frame of an animation.
     *
     * @param bounds its place on the canvas
     * @param still the frame as a WebP file of its own
     */
    record Frame(Rectangle bounds, ByteBuffer still) {}

    private record Chunk(String name, ByteBuffer data) {}

    /** Returns whether a file begins as WebP files do. */
    static boolean is(byte[] file) {
        return file.length >= RIFF_HEADER
                && Arrays.equals(file, 0, 4, ascii("RIFF"), 0, 4)
                && Arrays.equals(file, 8, 12, ascii("WEBP"), 0, 4);
    }

    /** Reads the container of a WebP file. */
    static WebpFile of(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long end = 8 + Integer.toUnsignedLong(in.getInt(4));
        if (end > file.length) {
            throw truncated(file.length);
        }
        List<Chunk> chunks = chunks(in.position(RIFF_HEADER).limit((int) Math.max(end, RIFF_HEADER)), file.length);
        Chunk first = chunks.isEmpty() ? new Chunk("", in) : chunks.get(0);
        ByteBuffer data = first.data();
        return switch (first.name()) {
            case "VP8 " -> new WebpFile(lossySize(data), false, null, NOTHING);
            case "VP8L" -> new WebpFile(losslessSize(need(data, 5, file.length)), false, null, NOTHING);
            case "VP8X" -> extended(need(data, 10, file.length), chunks, file.length);
            default ->
                throw new IOException("its first chunk is \"" + first.name() + "\" instead of VP8, VP8L or VP8X");
        };
    }

    private static WebpFile extended(ByteBuffer header, List<Chunk> chunks, int fileLength) throws IOException {
        Dimension size = new Dimension(1 + int24(header, 4), 1 + int24(header, 7));
        boolean alpha = (header.get(0) & ALPHA) != 0;
        boolean animated = (header.get(0) & ANIMATION) != 0;
        return new WebpFile(size, alpha, animated ? firstFrame(chunks, size, fileLength) : null, exif(chunks));
    }

    private static Frame firstFrame(List<Chunk> chunks, Dimension size, int fileLength) throws IOException {
        ByteBuffer data = first("ANMF", chunks);
        if (data.limit() == 0) {
            throw new IOException("it is an animation without frames");
        }
        Frame frame = frame(need(data, FRAME_HEADER, fileLength), fileLength);
        if (!new Rectangle(size).contains(frame.bounds())) {
            throw new IOException(
                    "its first frame does not lie inside of its " + size.width + " x " + size.height + " pixels");
        }
        return frame;
    }

    /** Returns the EXIF metadata; some programs put the prefix before it that JPEG files have there. */
    private static ByteBuffer exif(List<Chunk> chunks) {
        ByteBuffer data = first("EXIF", chunks);
        boolean prefixed = data.limit() >= 6 && data.slice(0, 6).equals(ByteBuffer.wrap(EXIF_PREFIX));
        return prefixed ? data.slice(6, data.limit() - 6) : data;
    }

    private static ByteBuffer first(String name, List<Chunk> chunks) {
        for (Chunk chunk : chunks) {
            if (chunk.name().equals(name)) {
                return chunk.data();
            }
        }
        return NOTHING;
    }

    /** Reads a frame and puts its chunks behind a header of their own, which allows alpha and has the frame's size. */
    private static Frame frame(ByteBuffer data, int fileLength) throws IOException {
        Rectangle bounds =
                new Rectangle(2 * int24(data, 0), 2 * int24(data, 3), 1 + int24(data, 6), 1 + int24(data, 9));
        ByteBuffer picture = data.slice(FRAME_HEADER, data.limit() - FRAME_HEADER);
        chunks(picture.duplicate().order(ByteOrder.LITTLE_ENDIAN), fileLength);
        ByteBuffer still = ByteBuffer.allocate(30 + picture.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        still.put(ascii("RIFF"))
                .putInt(still.capacity() - 8)
                .put(ascii("WEBPVP8X"))
                .putInt(10);
        still.putInt(ALPHA).put(data.slice(6, 6)).put(picture);
        return new Frame(bounds, still.flip());
    }

    private static List<Chunk> chunks(ByteBuffer in, int fileLength) throws IOException {
        List<Chunk> chunks = new ArrayList<>();
        while (in.remaining() >= 8) {
            byte[] name = new byte[4];
            in.get(name);
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw truncated(fileLength);
            }
            ByteBuffer data = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            chunks.add(new Chunk(new String(name, StandardCharsets.ISO_8859_1), data));
            if (chunks.get(chunks.size() - 1).name().equals("VP8 ")) {
                checkLossy(data, fileLength);
            }
            in.position(Math.min(in.limit(), in.position() + length + (length & 1)));
        }
        return chunks;
    }

    /** Makes sure that a picture has not more blocks of 16 x 16 pixels than bits (each takes two at least, for its modes). */
    private static void checkLossy(ByteBuffer data, int fileLength) throws IOException {
        Dimension size = lossySize(need(data, 10, fileLength));
        long blocks = (size.width + 15L) / 16 * ((size.height + 15L) / 16);
        if (blocks > 8L * data.limit()) {
            throw truncated(fileLength);
        }
    }

    /** Reads the size in the header of a VP8 key frame (RFC 6386, section 9.1). */
    private static Dimension lossySize(ByteBuffer data) {
        return new Dimension(data.getShort(6) & 0x3fff, data.getShort(8) & 0x3fff);
    }

    private static Dimension losslessSize(ByteBuffer data) {
        int bits = data.getInt(1);
        return new Dimension(1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff));
    }

    private static int int24(ByteBuffer data, int at) {
        return (data.getShort(at) & 0xffff) | ((data.get(at + 2) & 0xff) << 16);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static ByteBuffer need(ByteBuffer data, int length, int fileLength) throws IOException {
        if (data.limit() < length) {
            throw truncated(fileLength);
        }
        return data;
    }

    private static IOException truncated(int length) {
        return new IOException("it is truncated: its " + length + " bytes end before the end of the picture");
    }
}
