package dev.text2image.data;

import dev.text2image.data.formats.EncodedImage;
import dev.text2image.data.formats.ImageHeader;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One row of a {@link CaptionedDataset}: an image file, which is read when it is asked for, and its captions. */
public final class CaptionedImage {
    private final EncodedImage image;
    private final String fileName;
    private final List<String> captions;

    /**
     * Creates a row.
     *
     * @param name the file's path, or another name that a person can find the row by
     * @param fileName the file's name without directories; empty if it has none
     * @param captions at least one caption
     * @param file the bytes of the image file, not copied
     */
    public CaptionedImage(String name, String fileName, List<String> captions, byte[] file) {
        this(EncodedImage.of(name, file), fileName, captions);
    }

    /** Creates a row whose image lies on the disk. */
    CaptionedImage(String name, List<String> captions, Path file) {
        this(EncodedImage.of(name, file), String.valueOf(file.getFileName()), captions);
    }

    private CaptionedImage(EncodedImage image, String fileName, List<String> captions) {
        this.image = image;
        this.fileName = fileName;
        this.captions = List.copyOf(captions);
    }

    /**
     * Returns the name that error messages show.
     *
     * @return the file's path, or another name that a person can find the row by
     */
    public String name() {
        return image.name();
    }

    /**
     * Returns the name of the image file.
     *
     * @return the name without directories, for example {@code 1f600.png}; empty if it has none
     */
    public String fileName() {
        return fileName;
    }

    /**
     * Returns the captions, of which training chooses one at random each time.
     *
     * @return at least one caption
     */
    public List<String> captions() {
        return captions;
    }

    /** Returns the same image with other captions. */
    CaptionedImage withCaptions(List<String> others) {
        return new CaptionedImage(image, fileName, others);
    }

    /**
     * Returns what the file says about itself.
     *
     * @return format and size
     * @throws dev.text2image.io.InvalidInputException if it is no image; the message names it
     */
    public ImageHeader header() {
        return image.header();
    }

    /**
     * Returns what keeps the image from being read.
     *
     * @param depth what of the image is read to find out
     * @return a phrase in which "it" is the file; empty if nothing is wrong
     */
    public Optional<String> problem(ImageCheck.Depth depth) {
        return image.problem(depth == ImageCheck.Depth.FULL);
    }

    /**
     * Decodes the image.
     *
     * @param transparency what becomes of transparent pixels
     * @return the image
     * @throws dev.text2image.io.InvalidInputException if it cannot be decoded; the message names it and the reason
     */
    public RgbImage image(Transparency transparency) {
        return image.decode(transparency);
    }

    /**
     * Returns a copy of the encoded image.
     *
     * @return the bytes of the image file
     * @throws dev.text2image.io.InvalidInputException if the file has gone
     */
    public byte[] file() {
        return image.bytes().clone();
    }

    @Override
    public String toString() {
        return "CaptionedImage(" + name() + ", " + captions + ")";
    }
}
