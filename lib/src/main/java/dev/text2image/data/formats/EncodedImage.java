package dev.text2image.data.formats;

import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/** An image file that is not decoded yet; its bytes are read when they are asked for. */
public final class EncodedImage {
    /** What is read of a file for its header; that of a few lies behind it. */
    private static final int HEADER_BYTES = 1 << 16;

    private static final int MIB = 1 << 20;
    /** A decoded image as it comes from the decoder and as it is wanted, beside the file. */
    private static final int BYTES_PER_PIXEL = 12;

    /** Half of the heap, so that many threads that decode large images do not need more than there is. */
    private static final int MEMORY_MIB = (int) Math.max(1, Runtime.getRuntime().maxMemory() / 2 / MIB);

    private static final Semaphore MEMORY = new Semaphore(MEMORY_MIB, true);

    private final String name;
    private final ImageBytes.Source source;

    private EncodedImage(String name, ImageBytes.Source source) {
        this.name = name;
        this.source = source;
    }

    /**
     * Takes a file that was read.
     *
     * @param name the file's path, or another name that a person can find it by
     * @param file the bytes of the file, not copied
     * @return the image
     */
    public static EncodedImage of(String name, byte[] file) {
        return new EncodedImage(name, () -> ImageBytes.of(file));
    }

    /**
     * Takes a file on the disk, which is not read yet.
     *
     * @param name the file's path, or another name that a person can find it by
     * @param file the file
     * @return the image
     */
    public static EncodedImage of(String name, Path file) {
        return new EncodedImage(name, () -> ImageBytes.open(file));
    }

    /**
     * Returns the name that error messages show.
     *
     * @return the file's path, or another name that a person can find it by
     */
    public String name() {
        return name;
    }

    /**
     * Reads the header, of which the first bytes of the file are mostly enough.
     *
     * @return format and size
     * @throws InvalidInputException if it is no image; the message names it
     */
    public ImageHeader header() {
        try (ImageBytes bytes = source.open()) {
            return header(bytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ImageHeader header(ImageBytes bytes) throws IOException {
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

    /**
     * Returns what keeps the image from being read.
     *
     * @param decoded true to decode it, false to look at its header and whether it ends before its picture does
     * @return a phrase in which "it" is the file; empty if nothing is wrong
     */
    public Optional<String> problem(boolean decoded) {
        try (ImageBytes bytes = source.open()) {
            ImageHeader header = header(bytes);
            Completeness.check(bytes, header.format());
            if (decoded) {
                decode(bytes, header);
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

    private void decode(ImageBytes bytes, ImageHeader header) throws IOException {
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

    /**
     * Decodes the image.
     *
     * @param transparency what becomes of transparent pixels
     * @return the image
     * @throws InvalidInputException if it cannot be decoded; the message names it and the reason
     */
    public RgbImage decode(Transparency transparency) {
        return ImageReader.read(bytes(), name, transparency);
    }

    /**
     * Returns the file.
     *
     * @return its bytes, not to be changed
     * @throws InvalidInputException if the file has gone
     */
    public byte[] bytes() {
        try (ImageBytes bytes = source.open()) {
            return bytes.all();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private InvalidInputException unreadable(IOException failure) {
        return new UnreadableImageException(name, ImageReader.reason(failure), failure);
    }
}
