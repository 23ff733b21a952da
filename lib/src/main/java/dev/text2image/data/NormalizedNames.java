package dev.text2image.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds files whose names are the same text in another Unicode normal form: a list may have "é" as one character, and an archive made
 * on a Mac as two.
 */
final class NormalizedNames {
    private final Map<Path, Map<String, Path>> listings = new HashMap<>();

    /** Returns the file itself if it exists, else one whose name and directories are the same text, else the file again. */
    Path find(Path file) {
        if (Files.exists(file)) {
            return file;
        }
        Path name = file.getFileName();
        Path parent = file.getParent();
        if (name == null) {
            return file;
        }
        Path directory = parent == null ? Path.of("") : find(parent);
        return listings.computeIfAbsent(directory, NormalizedNames::list).getOrDefault(normal(name), file);
    }

    private static Map<String, Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Map.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.collect(Collectors.toMap(
                    file -> normal(directory.relativize(file)), file -> file, (first, second) -> first));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    private static String normal(Path name) {
        return Normalizer.normalize(name.toString(), Normalizer.Form.NFC);
    }
}
