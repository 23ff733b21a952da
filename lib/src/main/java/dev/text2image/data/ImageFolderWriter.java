package dev.text2image.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Writes a data set as an image folder: the image files as they are, and a {@code metadata.jsonl} that {@link ImageFolder} reads. */
public final class ImageFolderWriter {
    private static final String METADATA = "metadata.jsonl";

    private ImageFolderWriter() {}

    /**
     * Writes a data set. An image without a file name is named by its row, and one whose name was there before gets its row's
     * number in front.
     *
     * @param path a directory with Parquet files or images, or a Parquet file
     * @param columns the columns of text to write, at least one; {@link CaptionedDataset#AUTO} finds the captions and calls them text
     * @param target the folder, which must be new or empty
     * @return the number of images
     * @throws InvalidInputException if the folder is not empty, or if something is wrong with the data set
     * @throws java.io.UncheckedIOException if a file cannot be written; then there is no folder
     */
    public static int write(Path path, List<String> columns, Path target) {
        return write(
                path, columns, target, (file, column) -> CaptionedDataset.open(file, CaptionedDataset.AUTO, column));
    }

    /**
     * Writes a data set that is opened in a way of its own, for example without its broken images.
     *
     * @param path what is opened
     * @param columns the columns of text to write, as in {@link #write(Path, List, Path)}
     * @param target the folder, which must be new or empty
     * @param opener opens the path with a column as its captions, always with the same rows
     * @return the number of images
     * @throws InvalidInputException if the folder is not empty, or if something is wrong with the data set
     * @throws java.io.UncheckedIOException if a file cannot be written; then there is no folder
     */
    public static int write(
            Path path, List<String> columns, Path target, BiFunction<Path, String, CaptionedDataset> opener) {
        checkEmpty(target);
        Map<String, CaptionedDataset> texts = new TreeMap<>();
        try {
            for (String column : columns) {
                String name = column.equals(CaptionedDataset.AUTO) ? "text" : column;
                texts.put(name, opener.apply(path, column));
            }
            CaptionedDataset images = texts.values().iterator().next();
            AtomicFiles.writeDirectory(target, place -> writeFiles(images, texts, place));
            return images.size();
        } finally {
            texts.values().forEach(CaptionedDataset::close);
        }
    }

    private static void checkEmpty(Path target) {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<Path> files = Files.list(target)) {
            if (files.findAny().isEmpty()) {
                return;
            }
        } catch (IOException e) {
            throw new InvalidInputException(target + " is no directory; name a new one.", e);
        }
        throw new InvalidInputException(target + " is not empty; name a new directory.");
    }

    private static void writeFiles(CaptionedDataset images, Map<String, CaptionedDataset> texts, Path place)
            throws IOException {
        StringBuilder lines = new StringBuilder();
        Set<String> names = new HashSet<>(Set.of(METADATA));
        try (Progress progress = Progress.start("write images", images.size())) {
            for (int row = 0; row < images.size(); row++) {
                CaptionedImage image = images.row(row);
                String name = fileName(image, row);
                if (!names.add(name.toLowerCase(Locale.ROOT))) {
                    name = number(row) + "-" + name;
                }
                Files.write(FolderScan.inside(place.resolve(METADATA), name, image.name()), image.file());
                JsonObject line = new JsonObject();
                line.addProperty("file_name", name);
                for (Map.Entry<String, CaptionedDataset> text : texts.entrySet()) {
                    line.add(text.getKey(), json(text.getValue().captions(row)));
                }
                lines.append(line).append('\n');
                progress.step();
            }
        }
        Files.writeString(place.resolve(METADATA), lines);
    }

    private static String fileName(CaptionedImage image, int row) {
        return image.fileName().isEmpty()
                ? number(row) + "." + image.header().format().toLowerCase(Locale.ROOT)
                : image.fileName();
    }

    private static String number(int row) {
        return String.format(Locale.ROOT, "%06d", row);
    }

    private static JsonElement json(List<String> captions) {
        if (captions.size() == 1) {
            return new JsonPrimitive(captions.get(0));
        }
        JsonArray all = new JsonArray();
        captions.forEach(all::add);
        return all;
    }
}
