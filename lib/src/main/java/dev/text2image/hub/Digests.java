package dev.text2image.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hashes by which the hub names contents. */
public final class Digests {
    private static final int BUFFER_SIZE = 1 << 20;

    private Digests() {}

    /**
     * Starts the hash that names a large file's content.
     *
     * @return SHA-256
     */
    public static MessageDigest sha256() {
        return digest("SHA-256");
    }

    /**
     * Starts git's hash of a content, which begins with its size.
     *
     * @param size the number of bytes
     * @return SHA-1 of what git puts before them
     */
    public static MessageDigest git(long size) {
        MessageDigest digest = digest("SHA-1");
        digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
        return digest;
    }

    /**
     * Ends a digest with the content of a file.
     *
     * @param file the file
     * @param digest what was started
     * @return hexadecimal digits
     * @throws IOException if the file cannot be read
     */
    public static String of(Path file, MessageDigest digest) throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has " + name, e);
        }
    }
}
