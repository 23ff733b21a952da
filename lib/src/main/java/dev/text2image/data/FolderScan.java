package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an image folder holds.
 *
 * @param directory the folder
 * @param images its image files, sorted, also those in sub-directories
 * @param metadata its metadata files, likewise, all of one kind
 * @param others the names of other files that look like lists of captions
 */
record FolderScan(Path directory, List<Path> images, List<Path> metadata, List<String> others) {
    private static final Set<String> IMAGE_ENDINGS = Set.of(
            "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "ppm", "pgm", "pbm", "pnm", "heic", "avif");
    private static final Set<String> METADATA = Set.of("metadata.jsonl", "metadata.csv");
    private static final Set<String> LIST_ENDINGS = Set.of("json", "jsonl", "csv", "tsv", "json1", "parquet", "xlsx");

    /** Looks through a directory; hidden files and directories are skipped. */
    static FolderScan of(Path directory) {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(file -> !hidden(directory.relativize(file)) && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidInputException(directory + " cannot be read: " + e.getMessage(), e);
        }
        List<Path> metadata =
                files.stream().filter(file -> METADATA.contains(name(file))).toList();
        Set<String> kinds = metadata.stream().map(FolderScan::ending).collect(Collectors.toSet());
        if (kinds.size() > 1) {
            throw new InvalidInputException(directory + " holds metadata.csv and metadata.jsonl files: "
                    + metadata.get(0) + ", " + metadata.get(1) + "; keep one kind.");
        }
        List<Path> images = files.stream().filter(FolderScan::isImage).toList();
        List<String> others = files.stream()
                .filter(file -> LIST_ENDINGS.contains(ending(file)) && !metadata.contains(file))
                .map(file -> directory.relativize(file).toString())
                .limit(5)
                .toList();
        return new FolderScan(directory, images, metadata, others);
    }

    private static boolean hidden(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".") && part.toString().length() > 1) {
                return true;
            }
        }
        return false;
    }

    static boolean isImage(Path file) {
        return IMAGE_ENDINGS.contains(ending(file));
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static String ending(Path file) {
        String name = name(file);
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** Says in one sentence what was looked for and what was found. */
    InvalidInputException noCaptions() {
        List<String> found = new ArrayList<>();
        found.add(
                images.isEmpty()
                        ? "no images"
                        : images.size() + " images (" + directory.relativize(images.get(0)) + ", ...)");
        if (!others.isEmpty()) {
            found.add(String.join(", ", others) + ", which " + (others.size() > 1 ? "are" : "is") + " not named so");
        }
        return new InvalidInputException(directory
                + " has no captions: looked in it and below for metadata.jsonl, metadata.csv,"
                + " a .txt file beside each image, and *.parquet, and found " + String.join(" and ", found) + ".");
    }

    /** Returns the text file that may hold an image's captions. */
    static Path textBeside(Path image) {
        String name = name(image);
        return image.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
    }

    /** Reads a text file without its byte order mark; not through a channel, which an interrupt would close. */
    static String text(Path file) {
        try (InputStream in = new FileInputStream(file.toFile())) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (IOException e) {
            throw new InvalidInputException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads the lines of a text file that are not blank. */
    static List<String> lines(Path file) {
        return text(file)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
    }

    /** Resolves a name against the directory of the file that gives it; only plain relative names that stay inside are allowed. */
    static Path inside(Path givenIn, String name, String where) {
        Path relative;
        try {
            relative = Path.of(name);
        } catch (InvalidPathException e) {
            throw notPlain(where, name);
        }
        boolean upwards = false;
        for (Path part : relative) {
            upwards |= part.toString().equals("..");
        }
        if (upwards || relative.isAbsolute() || name.startsWith("/") || name.contains("\\") || name.contains("://")) {
            throw notPlain(where, name);
        }
        return givenIn.resolveSibling(relative).normalize();
    }

    private static InvalidInputException notPlain(String where, String name) {
        return new InvalidInputException(where + " names the image \"" + name
                + "\"; only plain names relative to that file are allowed, without \"..\" and \"://\".");
    }
}
