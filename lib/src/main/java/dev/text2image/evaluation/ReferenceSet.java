package dev.text2image.evaluation;

import dev.text2image.data.CaptionedDataset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Pictures that samples are compared with.
 *
 * @param name how the report calls them
 * @param pictures the pictures
 * @param labels what they are: the captions, and the groups
 */
public record ReferenceSet(String name, Pictures pictures, List<Labels> labels) {
    /** Copies the list. */
    public ReferenceSet {
        labels = List.copyOf(labels);
    }

    /** The same set with other pictures of the same things. */
    ReferenceSet withPictures(Pictures others) {
        return new ReferenceSet(name, others, labels);
    }

    /**
     * Reads a data set.
     *
     * @param path a directory with images and captions or Parquet files, or a Parquet file
     * @param groups columns of text that put the rows into groups, or none
     * @param resolution what the pictures are resized to
     * @return the set
     * @throws dev.text2image.io.InvalidInputException if there is no data set, or a column is missing
     */
    public static ReferenceSet read(Path path, List<String> groups, int resolution) {
        return read(
                path, groups, resolution, (file, column) -> CaptionedDataset.open(file, CaptionedDataset.AUTO, column));
    }

    /**
     * Reads a data set that is opened in a way of its own, for example without its broken images.
     *
     * @param path what is opened
     * @param groups columns of text that put the rows into groups, or none
     * @param resolution what the pictures are resized to
     * @param opener opens the path with a column as its captions, always with the same rows
     * @return the set
     * @throws dev.text2image.io.InvalidInputException if there is no data set, or a column is missing
     */
    public static ReferenceSet read(
            Path path, List<String> groups, int resolution, BiFunction<Path, String, CaptionedDataset> opener) {
        Pictures pictures;
        try (CaptionedDataset dataset = opener.apply(path, CaptionedDataset.AUTO)) {
            pictures = Pictures.read(dataset, resolution);
        }
        List<Labels> labels = new ArrayList<>();
        labels.add(new Labels("caption", pictures.captions()));
        for (String group : groups) {
            try (CaptionedDataset dataset = opener.apply(path, group)) {
                labels.add(new Labels(group, firstCaptions(dataset)));
            }
        }
        return new ReferenceSet(path.toString(), pictures, labels);
    }

    /**
     * Lists what the rows of a set are called.
     *
     * @param dataset the set
     * @return the first caption of each row
     */
    public static List<String> firstCaptions(CaptionedDataset dataset) {
        return IntStream.range(0, dataset.size())
                .mapToObj(row -> dataset.captions(row).get(0))
                .toList();
    }
}
