package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/** Looks at one image file without decoding it, or by decoding it. */
final class ImageInspection {
    /** What is read of a file for its header; that of a few lies behind it. */
    private static final int HEADER_BYTES = 1 << 16;

    private static final int MIB = 1 << 20;
    /** A decoded image as it comes from the decoder and as it is wanted, beside the file. */
    private static final int BYTES_PER_PIXEL = 12;

    /** Half of the heap, so that many threads that decode large images do not need more than there is. */
    private static final int MEMORY_MIB = (int) Math.max(1, Runtime.getRuntime().maxMemory() / 2 / MIB);

    private static final Semaphore MEMORY = new Semaphore(MEMORY_MIB, true);

    private ImageInspection() {}

    /** Reads the header, of which the first bytes of the file are mostly enough. */
    static ImageHeader header(ImageBytes bytes, String name) throws IOException {
        byte[] first = bytes.first(HEADER_BYTES);
        try {
            return ImageReader.header(first, name);
        } catch (UnreadableImageException e) {
            if (first.length == bytes.size()) {
                throw e;
            }
            return ImageReader.header(bytes.all(), name);
        }
    }

    /** Returns what keeps an image from being read: a phrase in which "it" is the file. */
    static Optional<String> problem(ImageBytes.Source source, String name, ImageCheck.Depth depth) {
        try (ImageBytes bytes = source.open()) {
            ImageHeader header = header(bytes, name);
            Completeness.check(bytes, header.format());
            if (depth == ImageCheck.Depth.FULL) {
                decode(bytes, name, header);
            }
            return Optional.empty();
        } catch (UnreadableImageException e) {
            return Optional.of(e.reason());
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            return Optional.of(ImageReader.reason(e));
        }
    }

    private static void decode(ImageBytes bytes, String name, ImageHeader header) throws IOException {
        long needed = (long) header.width() * header.height() * BYTES_PER_PIXEL / MIB + 1;
        int permits = (int) Math.min(MEMORY_MIB, needed);
        try {
            MEMORY.acquire(permits);
        } catch (InterruptedException e) {
            throw (CancellationException) new CancellationException("Stopped.").initCause(e);
        }
        try {
            ImageReader.read(bytes.all(), name, Transparency.DROP);
        } finally {
            MEMORY.release(permits);
        }
    }

    /** Turns the failure to read a file into one that names it. */
    static InvalidInputException unreadable(String name, IOException failure) {
        return new UnreadableImageException(name, ImageReader.reason(failure), failure);
    }
}
