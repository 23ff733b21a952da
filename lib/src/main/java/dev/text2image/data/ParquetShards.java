package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the Parquet files of a data set's training split by their names, such as {@code train-00000-of-00002.parquet}. */
final class ParquetShards {
    private static final Pattern TRAIN = Pattern.compile("(^|[-_.])train([-_.]|$)");
    private static final Pattern OTHER_SPLIT =
            Pattern.compile("(^|[-_.])(test|validation|valid|val|dev|eval)([-_.]|$)");
    private static final Pattern NUMBER = Pattern.compile("(\\d+)-of-(\\d+)");

    private ParquetShards() {}

    /** Returns the files to read in order, or none if the path holds no Parquet files. */
    static List<Path> find(Path path) {
        if (!Files.isDirectory(path)) {
            return isParquet(path) ? List.of(path) : List.of();
        }
        List<Path> files = new ArrayList<>();
        for (Path directory : List.of(path, path.resolve("data"))) {
            if (Files.isDirectory(directory)) {
                files.addAll(parquetFiles(directory));
            }
        }
        if (files.isEmpty()) {
            return files;
        }
        List<Path> train = training(path, files);
        checkComplete(train);
        return train;
    }

    /** Picks the files of the training split by their names. */
    static List<Path> training(Path path, List<Path> files) {
        List<Path> train = files.stream().filter(file -> matches(TRAIN, file)).toList();
        if (train.isEmpty()) {
            train = files.stream().filter(file -> !matches(OTHER_SPLIT, file)).toList();
        }
        if (train.isEmpty()) {
            throw new InvalidInputException(path + " has no training split: found "
                    + files.stream()
                            .map(file -> path.relativize(file).toString())
                            .toList()
                    + ", but no train-*.parquet. Name the Parquet file itself to train on another split.");
        }
        return train;
    }

    private static List<Path> parquetFiles(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(ParquetShards::isParquet).sorted().toList();
        } catch (IOException e) {
            throw new InvalidInputException(directory + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isParquet(Path file) {
        return isDataName(file) && Files.isRegularFile(file);
    }

    /** Says whether a file of that name holds rows. */
    static boolean isDataName(Path file) {
        String name = name(file);
        // The Python library datasets also knows metadata.parquet, a list of image files, which is not read here.
        return name.endsWith(".parquet") && !name.equals("metadata.parquet") && !name.startsWith(".");
    }

    private static boolean matches(Pattern split, Path file) {
        return split.matcher(name(file)).find();
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    /** Makes sure that "of-00002" means two files. */
    private static void checkComplete(List<Path> files) {
        for (Path file : files) {
            Matcher number = NUMBER.matcher(name(file));
            if (number.find() && Long.parseLong(number.group(2)) > files.size()) {
                throw new InvalidInputException(file + " is one of " + Long.parseLong(number.group(2))
                        + " files, but only " + files.size() + " of them are there; download the others too.");
            }
        }
    }
}
