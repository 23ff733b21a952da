package dev.text2image.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that ends after a given number of bytes; closing it leaves the underlying stream open. */
final class BoundedInputStream extends FilterInputStream {
    private long remaining;

    /**
     * Bounds a stream.
     *
     * @param in the stream to read from
     * @param limit the number of bytes to hand out
     */
    BoundedInputStream(InputStream in, long limit) {
        super(in);
        remaining = limit;
    }

    @Override
    public int read() throws IOException {
        int value = remaining > 0 ? in.read() : -1;
        if (value >= 0) {
            remaining--;
        }
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (remaining <= 0) {
            return -1;
        }
        int count = in.read(target, offset, (int) Math.min(length, remaining));
        remaining -= Math.max(count, 0);
        return count;
    }

    @Override
    public void close() {}
}
