package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of image files with captions: in {@code metadata.jsonl} or {@code metadata.csv} files as the Python library datasets
 * defines them ("imagefolder"), in this directory and any below it; or, where there is none, in a text file beside each image with
 * the same name and the ending {@code .txt}, one caption a line. Images that no metadata file lists are left out.
 */
public final class ImageFolder implements CaptionedDataset {
    private final Path directory;
    private final List<Entry> entries;

    private record Entry(Path file, List<String> captions) {}

    private ImageFolder(Path directory, List<Entry> entries) {
        this.directory = directory;
        this.entries = List.copyOf(entries);
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
            return new ImageFolder(directory, besideEntries(scan));
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
        return new ImageFolder(directory, entries);
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
        List<Entry> entries = new ArrayList<>();
        for (Metadata file : files) {
            for (Metadata.Row row : file.rows()) {
                entries.add(entry(file.file(), row, fileColumn, caption));
            }
        }
        return entries;
    }

    private static Entry entry(Path metadata, Metadata.Row row, String fileColumn, String captionColumn) {
        String where = metadata + ", line " + row.line();
        Path file = file(metadata, row.values().get(fileColumn), fileColumn, where);
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(where + " names the image " + file
                    + ", which does not exist; names are relative to the metadata file.");
        }
        return new Entry(file, Captions.of(row.values().get(captionColumn), captionColumn, where));
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
        for (Path image : scan.images()) {
            Path text = FolderScan.textBeside(image);
            if (!Files.isRegularFile(text)) {
                without.add(image);
                continue;
            }
            List<String> captions = FolderScan.lines(text);
            if (captions.isEmpty()) {
                throw new InvalidInputException(
                        text + " is empty; write the caption of " + image.getFileName() + " in it.");
            }
            entries.add(new Entry(image, captions));
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
        Path file = entry.file();
        String fileName = String.valueOf(file.getFileName());
        return new CaptionedImage(file.toString(), fileName, entry.captions(), ImageReader.bytes(file));
    }

    @Override
    public String toString() {
        return "ImageFolder(" + directory + ", " + entries.size() + " rows)";
    }
}
