package dev.text2image.data.formats;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes PNG files. Those that most pictures are in, with 8 bits for a sample, rows in their order, no palette and no transparent
 * colour, are decoded here, in less time than Java's reader takes, which decodes the others.
 */
final class PngPixels {
    private static final int HEADER = 16;

    private final byte[] file;
    private final Iterator<PngCheck.Chunk> data;
    private final int width;
    private final int height;
    private final int bands;

    private PngPixels(byte[] file, Iterator<PngCheck.Chunk> data, int bands) {
        this.file = file;
        this.data = data;
        this.bands = bands;
        ByteBuffer header = ByteBuffer.wrap(file);
        width = header.getInt(HEADER);
        height = header.getInt(HEADER + 4);
    }

    /** Decodes a file. */
    static RgbImage decode(byte[] file, Transparency transparency) throws IOException {
        List<PngCheck.Chunk> chunks = PngCheck.check(file);
        int bands = bands(file);
        if (bands == 0 || chunks.stream().anyMatch(chunk -> chunk.type().equals("tRNS"))) {
            return Images.fromBufferedImage(ImageReader.imageIo(file, "PNG"), transparency);
        }
        Iterator<PngCheck.Chunk> data =
                chunks.stream().filter(chunk -> chunk.type().equals("IDAT")).iterator();
        PngPixels png = new PngPixels(file, data, bands);
        return Images.fromSamples(png.width, png.height, bands, png.samples(), transparency);
    }

    /** Returns the samples of a pixel, by the header (PNG specification, section 11.2.2); 0 if Java's reader is to decode the file. */
    private static int bands(byte[] file) {
        boolean plain =
                file[HEADER + 8] == 8 && file[HEADER + 10] == 0 && file[HEADER + 11] == 0 && file[HEADER + 12] == 0;
        return !plain
                ? 0
                : switch (file[HEADER + 9]) {
                    case 0 -> 1;
                    case 2 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> 0;
                };
    }

    private byte[] samples() throws IOException {
        int length = width * bands;
        byte[] samples = new byte[length * height];
        byte[] filter = new byte[1];
        byte[] above = new byte[length];
        byte[] row = new byte[length];
        Inflater inflater = new Inflater();
        try {
            for (int y = 0; y < height; y++) {
                inflate(inflater, filter);
                inflate(inflater, row);
                PngFilters.undo(filter[0], bands, row, above);
                System.arraycopy(row, 0, samples, y * length, length);
                byte[] free = above;
                above = row;
                row = free;
            }
        } catch (DataFormatException e) {
            throw new IOException("its compressed pixels are damaged (" + e.getMessage() + ")", e);
        } finally {
            inflater.end();
        }
        return samples;
    }

    private void inflate(Inflater inflater, byte[] to) throws DataFormatException, IOException {
        int at = 0;
        while (at < to.length) {
            int count = inflater.inflate(to, at, to.length - at);
            at += count;
            if (count == 0) {
                if (!inflater.needsInput() || !data.hasNext()) {
                    throw new IOException("its compressed pixels end before the end of the picture");
                }
                PngCheck.Chunk chunk = data.next();
                inflater.setInput(file, chunk.start(), chunk.length());
            }
        }
    }
}
