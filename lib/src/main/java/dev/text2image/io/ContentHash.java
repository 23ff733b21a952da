package dev.text2image.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Names for contents: the same name for the same bytes, another one for any others (the first 128 bits of SHA-256). */
public final class ContentHash {
    private static final int LENGTH = 32;
    private static final int BUFFER_SIZE = 1 << 20;

    private final MessageDigest digest = sha256();

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }

    /**
     * Hashes bytes.
     *
     * @param bytes the content
     * @return 32 hexadecimal digits
     */
    public static String of(byte[] bytes) {
        return new ContentHash().add(bytes).hex();
    }

    /**
     * Hashes a text.
     *
     * @param text the content
     * @return 32 hexadecimal digits
     */
    public static String of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds bytes.
     *
     * @param bytes more content
     * @return this
     */
    public ContentHash add(byte[] bytes) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes.length).flip());
        digest.update(bytes);
        return this;
    }

    /**
     * Adds a text.
     *
     * @param text more content
     * @return this
     */
    public ContentHash add(String text) {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds the names and contents of all files in a directory, but not of those in directories below it.
     *
     * @param directory the directory
     * @return this
     * @throws UncheckedIOException if a file cannot be read
     */
    public ContentHash addFilesIn(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            List<Path> files = entries.filter(Files::isRegularFile).sorted().toList();
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
            for (Path file : files) {
                add(String.valueOf(file.getFileName()));
                addFile(file, buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + directory + ": " + e.getMessage(), e);
        }
        return this;
    }

    private void addFile(Path file, ByteBuffer buffer) throws IOException {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(Files.size(file)).flip());
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
            }
        }
    }

    /**
     * Ends the hash.
     *
     * @return 32 hexadecimal digits
     */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest()).substring(0, LENGTH);
    }
}
