package dev.text2image.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Byte arrays by number, kept in a temporary file. Not through a channel: an interrupt, which is how a notebook stops a loop, would
 * close it for good.
 *
 * <p>The file loses its name as soon as it is open, so that it goes with the process, however that ends. Windows refuses to delete
 * an open file: there it is deleted at the end, or by the next store if the process was killed.
 */
final class ByteStore implements Closeable {
    private static final String PREFIX = "text2image-";
    private static final String SUFFIX = ".images";

    private final Path path;
    private final RandomAccessFile file;
    private long[] ends = new long[64];
    private int size;

    /** Creates an empty store. */
    ByteStore() throws IOException {
        path = Files.createTempFile(PREFIX, SUFFIX);
        file = new RandomAccessFile(path.toFile(), "rw");
        deleteUnused(path.resolveSibling(""));
        if (Files.exists(path)) {
            path.toFile().deleteOnExit();
        }
    }

    /** Deletes the names of all stores, where the system allows it: of this one, and of those that killed processes left. */
    private static void deleteUnused(Path directory) throws IOException {
        try (DirectoryStream<Path> stores = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path store : stores) {
                // Fails for another user's, and on Windows for one in use; elsewhere one in use only loses its name.
                boolean ignored = store.toFile().delete();
            }
        }
    }

    /** Appends an array. */
    synchronized void add(byte[] bytes) throws IOException {
        long start = size == 0 ? 0 : ends[size - 1];
        file.seek(start);
        file.write(bytes);
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, 2 * size);
        }
        ends[size++] = start + bytes.length;
    }

    /** Returns the array with a number, counted from 0. */
    synchronized byte[] get(int index) {
        long start = index == 0 ? 0 : ends[index - 1];
        byte[] bytes = new byte[(int) (ends[index] - start)];
        try {
            file.seek(start);
            file.readFully(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("Image " + index + " of the temporary file " + path + " cannot be read.", e);
        }
        return bytes;
    }

    @Override
    public synchronized void close() {
        try {
            file.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
