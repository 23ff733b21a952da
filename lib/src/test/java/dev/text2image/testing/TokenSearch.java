package dev.text2image.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirDeletionStrategy;

/**
 * Deletes the temporary directory of a test, which fails if a token stands in what was written there. The tokens of all tests, and the
 * one in the environment of the build, begin alike; {@code ./run test} searches what stays and what was printed.
 */
public final class TokenSearch implements TempDirDeletionStrategy {
    private static final String BEGINNING = "hf_" + "StandIn";
    private static final int CHUNK = 1 << 20;

    @Override
    public DeletionResult delete(Path directory, AnnotatedElementContext element, ExtensionContext context)
            throws IOException {
        List<String> found = search(directory);
        DeletionResult result = Standard.INSTANCE.delete(directory, element, context);
        if (!found.isEmpty()) {
            throw new AssertionError("A token was written to " + String.join(" and to ", found));
        }
        return result;
    }

    private static List<String> search(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            Path name = directory.relativize(file);
            if (name.toString().contains(BEGINNING)) {
                found.add("the name " + name);
            } else if (holdsToken(file)) {
                found.add(name + ", line " + lineOfToken(file));
            }
        }
        return found;
    }

    private static boolean holdsToken(Path file) throws IOException {
        String kept = "";
        try (InputStream in = Files.newInputStream(file)) {
            for (byte[] bytes = in.readNBytes(CHUNK); bytes.length > 0; bytes = in.readNBytes(CHUNK)) {
                String text = kept + new String(bytes, StandardCharsets.ISO_8859_1);
                if (text.contains(BEGINNING)) {
                    return true;
                }
                kept = text.substring(Math.max(0, text.length() - BEGINNING.length() + 1));
            }
        }
        return false;
    }

    private static long lineOfToken(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return 1 + lines.takeWhile(line -> !line.contains(BEGINNING)).count();
        }
    }
}
