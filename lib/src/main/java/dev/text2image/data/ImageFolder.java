package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A directory of image files with captions: in {@code metadata.jsonl} or {@code metadata.csv} files as the Python library datasets
 * defines them ("imagefolder"), in this directory and any below it; or, where there is none, in a text file beside each image with
 * the same name and the ending {@code .txt}, one caption a line. Images that no metadata file lists are left out, which
 * {@link #notes} tells. A name may be written in another Unicode normal form than that of the file.
 */
public final class ImageFolder implements CaptionedDataset {
    private final Path directory;
    private final List<Entry> entries;
    private final List<String> notes;

    /** A row; its name is the file's path, and the line of the metadata that names it. */
    private record Entry(String name, Path file, List<String> captions) {}

    private ImageFolder(Path directory, List<Entry> entries, List<String> notes) {
        this.directory = directory;
        this.entries = List.copyOf(entries);
        this.notes = List.copyOf(notes);
    }

    /**
     * Opens a directory.
     *
     * @param directory the directory
     * @param imageColumn the column of images, {@code "image"} for metadata with a {@code file_name}, or {@link #AUTO}
     * @param captionColumn the metadata's column of captions, or {@link #AUTO}
     * @return the data set, its rows in the order of the metadata files
     * @throws InvalidInputException if there are no captions, or if a column or an image file is missing
     */
    public static ImageFolder open(Path directory, String imageColumn, String captionColumn) {
        FolderScan scan = FolderScan.of(directory);
        if (scan.metadata().isEmpty()) {
            return new ImageFolder(directory, besideEntries(scan), List.of());
        }
        List<Metadata> files = scan.metadata().stream().map(Metadata::read).toList();
        Metadata first = files.get(0);
        for (Metadata other : files) {
            if (!other.columns().equals(first.columns())) {
                throw new InvalidInputException(
                        other.file() + " has the columns " + other.columns() + ", but " + first.file() + " has "
                                + first.columns() + "; all metadata files of a data set must have the same.");
            }
        }
        List<Entry> entries = listed(files, imageColumn, captionColumn);
        if (entries.isEmpty()) {
            throw new InvalidInputException(first.file() + " lists no images.");
        }
        return new ImageFolder(directory, entries, unlisted(scan, entries));
    }

    private static List<String> unlisted(FolderScan scan, List<Entry> entries) {
        Set<Path> listed = entries.stream().map(entry -> absolute(entry.file())).collect(Collectors.toSet());
        List<Path> unlisted = scan.images().stream()
                .filter(image -> !listed.contains(absolute(image)))
                .toList();
        return unlisted.isEmpty()
                ? List.of()
                : List.of(unlisted.size() + " of " + scan.images().size() + " image files in " + scan.directory()
                        + " are not named by its metadata and left out, the first is "
                        + scan.directory().relativize(unlisted.get(0)) + ".");
    }

    private static Path absolute(Path file) {
        return file.toAbsolutePath().normalize();
    }

    private static List<Entry> listed(List<Metadata> files, String imageColumn, String captionColumn) {
        Metadata first = files.get(0);
        TreeMap<String, String> fileColumns = new TreeMap<>();
        List<String> columns = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String column : first.columns()) {
            String image = Metadata.imageColumn(column);
            columns.add(image == null ? column : image);
            if (image == null) {
                others.add(column);
            } else {
                fileColumns.put(image, column);
            }
        }
        String source = first.file().toString();
        if (fileColumns.isEmpty()) {
            throw new InvalidInputException(
                    source + " has no column \"file_name\" with the names of the image files; its columns are "
                            + first.columns() + ".");
        }
        String image = Columns.image(imageColumn, columns, List.copyOf(fileColumns.keySet()), source);
        String caption = Columns.caption(captionColumn, columns, others, source);
        String fileColumn = fileColumns.getOrDefault(image, "file_name");
        NormalizedNames names = new NormalizedNames();
        List<Entry> entries = new ArrayList<>();
        for (Metadata file : files) {
            for (Metadata.Row row : file.rows()) {
                entries.add(entry(names, file.file(), row, fileColumn, caption));
            }
        }
        return entries;
    }

    private static Entry entry(
            NormalizedNames names, Path metadata, Metadata.Row row, String fileColumn, String captionColumn) {
        String where = metadata + ", line " + row.line();
        Path file = names.find(file(metadata, row.values().get(fileColumn), fileColumn, where));
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(where + " names the image " + file
                    + ", which does not exist; names are relative to the metadata file.");
        }
        String name = file + " (" + metadata.getFileName() + ", line " + row.line() + ")";
        return new Entry(name, file, Captions.of(row.values().get(captionColumn), captionColumn, where));
    }

    private static Path file(Path metadata, @Nullable Object name, String column, String where) {
        if (!(name instanceof String text) || text.isBlank()) {
            throw new InvalidInputException(where + " has no file name in \"" + column + "\".");
        }
        return FolderScan.inside(metadata, text, where);
    }

    private static List<Entry> besideEntries(FolderScan scan) {
        List<Entry> entries = new ArrayList<>();
        List<Path> without = new ArrayList<>();
        NormalizedNames names = new NormalizedNames();
        for (Path image : scan.images()) {
            Path text = names.find(FolderScan.textBeside(image));
            if (!Files.isRegularFile(text)) {
                without.add(image);
                continue;
            }
            List<String> captions = FolderScan.lines(text);
            if (captions.isEmpty()) {
                throw new InvalidInputException(
                        text + " is empty; write the caption of " + image.getFileName() + " in it.");
            }
            entries.add(new Entry(image.toString(), image, captions));
        }
        if (entries.isEmpty()) {
            throw scan.noCaptions();
        }
        if (!without.isEmpty()) {
            throw new InvalidInputException(
                    without.size() + " of " + scan.images().size() + " images have no caption, the first is "
                            + without.get(0) + "; write one in "
                            + FolderScan.textBeside(without.get(0)).getFileName()
                            + " beside it, or remove the image.");
        }
        return entries;
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public List<String> captions(int row) {
        return entries.get(row).captions();
    }

    @Override
    public CaptionedImage row(int row) {
        Entry entry = entries.get(row);
        return new CaptionedImage(entry.name(), entry.captions(), entry.file());
    }

    @Override
    public List<String> notes() {
        return notes;
    }

    @Override
    public String toString() {
        return "ImageFolder(" + directory + ", " + entries.size() + " rows)";
    }
}
