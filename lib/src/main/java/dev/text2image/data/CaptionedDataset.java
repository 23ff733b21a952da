package dev.text2image.data;

import dev.text2image.hub.HubPaths;
import dev.text2image.hub.RepoType;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Images with captions, by number. Everything that can be wrong with the list, such as a missing column, caption or file, is found
 * when the data set is opened; the images themselves are read later, and {@link ImageCheck} tells which of them cannot be. Rows may be
 * read by several threads at once.
 */
public interface CaptionedDataset extends AutoCloseable {
    /** The column name that stands for "find the column yourself". */
    String AUTO = "auto";

    /**
     * Opens a data set and finds its columns.
     *
     * @param path a directory with images and captions, a directory with Parquet files, or a Parquet file; or the name of a data set
     *     on the hub, with a folder or a file behind it or without
     * @return the data set
     * @throws InvalidInputException if there is none, or if something is wrong with it
     */
    static CaptionedDataset open(Path path) {
        return open(path, AUTO, AUTO);
    }

    /**
     * Opens a data set, as {@link #open(Path)}. A directory is one of Parquet files if it holds such files itself or under {@code data}, and an image
     * folder else.
     *
     * @param path a directory with images and captions, a directory with Parquet files, or a Parquet file
     * @param imageColumn the column that holds the images, or {@link #AUTO}
     * @param captionColumn the column that holds the captions, or {@link #AUTO}
     * @return the data set
     * @throws InvalidInputException if there is none, or if something is wrong with it
     */
    static CaptionedDataset open(Path path, String imageColumn, String captionColumn) {
        return open(path, null, imageColumn, captionColumn);
    }

    /**
     * Opens a data set, as {@link #open(Path, String, String)}, at a revision if it is named as on the hub.
     *
     * @param path a directory with images and captions, a directory with Parquet files, or a Parquet file
     * @param revision the branch, tag or commit on the hub; null for the newest. It does not count for a directory
     * @param imageColumn the column that holds the images, or {@link #AUTO}
     * @param captionColumn the column that holds the captions, or {@link #AUTO}
     * @return the data set
     * @throws InvalidInputException if there is none, or if something is wrong with it
     */
    static CaptionedDataset open(Path path, @Nullable String revision, String imageColumn, String captionColumn) {
        return openFiles(
                HubPaths.resolve(path, RepoType.DATASET, revision, DatasetFiles.of(path)), imageColumn, captionColumn);
    }

    /**
     * Checks that the hub has a data set, if the path is a name there, before something else that takes long.
     *
     * @param path as for {@link #open(Path)}
     * @param revision the branch, tag or commit on the hub; null for the newest
     * @throws InvalidInputException if there is none of that name, or it holds no data set that can be read
     */
    static void checkName(Path path, @Nullable String revision) {
        HubPaths.check(path, RepoType.DATASET, revision, DatasetFiles.of(path));
    }

    private static CaptionedDataset openFiles(Path path, String imageColumn, String captionColumn) {
        if (!Files.exists(path)) {
            throw new InvalidInputException(
                    "There is no " + path.toAbsolutePath()
                            + "; give a directory with images and captions, a Parquet file, or the name of a data set on the hub.");
        }
        List<Path> parquet = ParquetShards.find(path);
        if (!parquet.isEmpty()) {
            return ParquetDataset.open(parquet, imageColumn, captionColumn);
        }
        if (Files.isDirectory(path)) {
            return ImageFolder.open(path, imageColumn, captionColumn);
        }
        throw new InvalidInputException(
                path + " is neither a directory nor a Parquet file; give the directory that it lies in.");
    }

    /**
     * Returns the number of rows.
     *
     * @return at least 1
     */
    int size();

    /**
     * Returns the captions of a row without reading its image.
     *
     * @param row from 0 to {@link #size()} - 1
     * @return at least one caption
     */
    List<String> captions(int row);

    /**
     * Reads a row.
     *
     * @param row from 0 to {@link #size()} - 1
     * @return the row, its image still encoded
     */
    CaptionedImage row(int row);

    /**
     * Returns what is worth knowing before the data set is used, such as images that no row names.
     *
     * @return one sentence for each
     */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Checks the header of each image and leaves out the rows whose images are broken; {@link ImageCheck} does it by decoding them.
     *
     * @return a view of this data set, which tells what it leaves out; closing it closes this
     * @throws InvalidInputException if all images are broken
     */
    default CheckedDataset withoutBrokenImages() {
        return new ImageCheck(ImageCheck.Depth.HEADER, true).apply(this);
    }

    /**
     * Returns a random part of the data set, for a quick try.
     *
     * @param count how many rows at most
     * @param seed which rows: they are shuffled with it, and the first ones are taken
     * @return a view of this data set; closing it closes this
     * @throws InvalidInputException if {@code count} is less than 1
     */
    default CaptionedDataset sample(int count, long seed) {
        return DatasetSample.of(this, count, seed);
    }

    /**
     * Returns some of the rows, for a subject or for a part that is kept for validation.
     *
     * @param rows the rows' numbers in the order wanted, at least one
     * @return a view of this data set; closing it closes this
     * @throws InvalidInputException if there is none, or a number out of range
     */
    default CaptionedDataset select(int... rows) {
        return DatasetSample.of(this, rows);
    }

    /**
     * Words the captions in another way, for example to name the style that the images have.
     *
     * @param wording makes a caption of each caption
     * @return a view of this data set; closing it closes this
     */
    default CaptionedDataset withCaptions(UnaryOperator<String> wording) {
        return DatasetView.reworded(this, wording);
    }

    /**
     * Puts data sets one after the other, for example to train on several directories at once.
     *
     * @param parts the data sets, at least one
     * @return their rows in order; closing it closes all of them
     * @throws InvalidInputException if there is none
     */
    static CaptionedDataset concat(List<CaptionedDataset> parts) {
        return new JoinedDataset(parts);
    }

    /** Gives temporary files back. */
    @Override
    default void close() {}
}
