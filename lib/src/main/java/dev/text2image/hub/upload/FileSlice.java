package dev.text2image.hub.upload;

import dev.text2image.hub.HubRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A part of a file as the body of a request, which counts the bytes that are taken. */
final class FileSlice implements HubRequest.Body {
    private final Path file;
    private final long from;
    private final long size;
    private final AtomicLong counted;
    private final AtomicLong sent = new AtomicLong();

    /**
     * Describes a part.
     *
     * @param file the file
     * @param from its first byte
     * @param size how many
     * @param counted the bytes that all slices have sent; those of a broken try are taken off again
     */
    FileSlice(Path file, long from, long size, AtomicLong counted) {
        this.file = file;
        this.from = from;
        this.size = size;
        this.counted = counted;
    }

    @Override
    public BodyPublisher open() {
        if (size == 0) {
            return BodyPublishers.noBody();
        }
        // With the length, as stores of large files take no bodies of unknown length.
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(this::stream), size);
    }

    @Override
    public long sent() {
        return sent.get();
    }

    private InputStream stream() {
        counted.addAndGet(-sent.getAndSet(0));
        try {
            return new Counting(Channels.newInputStream(FileChannel.open(file).position(from)));
        } catch (IOException e) {
            return InputStream.nullInputStream(); // too short a body fails the request
        }
    }

    private final class Counting extends FilterInputStream {
        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            long left = size - sent.get();
            int count = left == 0 ? -1 : in.read(target, offset, (int) Math.min(length, left));
            if (count > 0) {
                sent.addAndGet(count);
                counted.addAndGet(count);
            }
            return count;
        }
    }
}
