package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How the images of a data set are checked before long work starts, and what becomes of the rows whose images are broken.
 *
 * @param depth what of each image is read
 * @param skipBroken true to leave rows with broken images out, false to refuse the data set
 */
public record ImageCheck(Depth depth, boolean skipBroken) {
    /** The usual check: by header, broken images are refused. */
    public static final ImageCheck DEFAULT = new ImageCheck(Depth.HEADER, false);

    private static final int LISTED = 20;

    /** What of each image is read. */
    public enum Depth {
        /** Signature, size, and whether the file ends before its picture does; nothing is decoded. */
        HEADER,
        /** All pixels are decoded, on all processors. */
        FULL
    }

    /**
     * Checks all images of a data set.
     *
     * @param dataset the data set
     * @return those that are broken, in the order of the rows
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    public List<BrokenImage> find(CaptionedDataset dataset) {
        return ImageSurvey.of(dataset, depth);
    }

    /**
     * Checks all images of a data set and leaves broken ones out, if that is wanted.
     *
     * @param dataset the data set
     * @return the data set, its rows numbered anew
     * @throws InvalidInputException listing broken images with their reasons, if there are any and they are not to be left out, or
     *     if all are broken
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    public CheckedDataset apply(CaptionedDataset dataset) {
        List<BrokenImage> broken = find(dataset);
        if (!broken.isEmpty() && (!skipBroken || broken.size() == dataset.size())) {
            throw new InvalidInputException(message(broken, dataset.size()));
        }
        return CheckedDataset.without(dataset, broken);
    }

    private static String message(List<BrokenImage> broken, int size) {
        String list = broken.stream().limit(LISTED).map(image -> "\n  " + image).collect(Collectors.joining());
        int more = broken.size() - LISTED;
        String remedy = broken.size() == size
                ? "\nGive images that can be read."
                : "\nReplace these files or remove their rows; or leave them out: --skip_broken_images, in Java"
                        + " withoutBrokenImages() of the data set.";
        return broken.size() + " of " + size + " images cannot be read:" + list
                + (more > 0 ? "\n  and " + more + " more" : "") + remedy;
    }
}
