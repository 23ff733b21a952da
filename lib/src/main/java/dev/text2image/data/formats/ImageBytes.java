package dev.text2image.data.formats;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an image file, in memory or on the disk, of which only what is asked for is read. To be used by one thread. Not
 * through a channel, which an interrupt would close.
 */
final class ImageBytes implements Closeable {
    private static final int BLOCK = 1 << 14;

    private final @Nullable RandomAccessFile file;
    private final long size;
    private byte[] block;
    private long start;

    private ImageBytes(@Nullable RandomAccessFile file, long size, byte[] block) {
        this.file = file;
        this.size = size;
        this.block = block;
    }

    /** Where the bytes of a file are to be had. */
    @FunctionalInterface
    interface Source {
        /** Opens the file. */
        ImageBytes open() throws IOException;
    }

    static ImageBytes of(byte[] bytes) {
        return new ImageBytes(null, bytes.length, bytes);
    }

    static ImageBytes open(Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        try {
            return new ImageBytes(file, file.length(), new byte[0]);
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    long size() {
        return size;
    }

    /** Returns the first bytes, at most so many; not to be changed. */
    byte[] first(int count) throws IOException {
        if (file == null) {
            return count >= size ? block : Arrays.copyOf(block, count);
        }
        byte[] bytes = new byte[(int) Math.min(count, size)];
        file.seek(0);
        file.readFully(bytes);
        return bytes;
    }

    /** Returns all bytes; not to be changed. */
    byte[] all() throws IOException {
        if (size > Integer.MAX_VALUE - 16) {
            throw new IOException("it has " + size + " bytes, more than the limit of 2 GiB");
        }
        return first((int) size);
    }

    /** Returns a byte from 0 to 255; what lies behind the end is missing. */
    int at(long offset) throws IOException {
        require(offset + 1);
        if (offset < start || offset >= start + block.length) {
            load(offset / BLOCK * BLOCK);
        }
        return block[(int) (offset - start)] & 0xFF;
    }

    private void load(long from) throws IOException {
        if (file != null) {
            byte[] next = new byte[(int) Math.min(BLOCK, size - from)];
            file.seek(from);
            file.readFully(next);
            block = next;
            start = from;
        }
    }

    /** Makes sure that the file has so many bytes. */
    void require(long end) throws IOException {
        if (end > size) {
            throw truncated();
        }
    }

    IOException truncated() {
        return new IOException("it is truncated: its " + size + " bytes end before the end of the picture");
    }

    /** Returns an unsigned number of some bytes, the highest first. */
    long bigEndian(long offset, int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | at(offset + i);
        }
        return value;
    }

    /** Returns an unsigned number of some bytes, the lowest first. */
    long littleEndian(long offset, int bytes) throws IOException {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << 8 | at(offset + i);
        }
        return value;
    }

    /** Says whether a sequence of bytes lies from an offset on. */
    boolean contains(long from, int... sequence) throws IOException {
        for (long at = Math.max(0, from); at <= size - sequence.length; at++) {
            if (startsWith(at, sequence)) {
                return true;
            }
        }
        return false;
    }

    private boolean startsWith(long offset, int... sequence) throws IOException {
        for (int i = 0; i < sequence.length; i++) {
            if (at(offset + i) != sequence[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
