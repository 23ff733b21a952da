package dev.text2image.data;

import java.util.List;

/** One row of a {@link CaptionedDataset}: an image file in memory, and its captions. */
public final class CaptionedImage {
    private final String name;
    private final String fileName;
    private final List<String> captions;
    private final byte[] file;

    /**
     * Creates a row.
     *
     * @param name the file's path, or another name that a person can find the row by
     * @param fileName the file's name without directories; empty if it has none
     * @param captions at least one caption
     * @param file the bytes of the image file, not copied
     */
    public CaptionedImage(String name, String fileName, List<String> captions, byte[] file) {
        this.name = name;
        this.fileName = fileName;
        this.captions = List.copyOf(captions);
        this.file = file;
    }

    /**
     * Returns the name that error messages show.
     *
     * @return the file's path, or another name that a person can find the row by
     */
    public String name() {
        return name;
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

    /**
     * Returns what the file says about itself.
     *
     * @return format and size
     * @throws dev.text2image.io.InvalidInputException if it is no image; the message names it
     */
    public ImageHeader header() {
        return ImageReader.header(file, name);
    }

    /**
     * Decodes the image.
     *
     * @param transparency what becomes of transparent pixels
     * @return the image
     * @throws dev.text2image.io.InvalidInputException if it cannot be decoded; the message names it and the reason
     */
    public RgbImage image(Transparency transparency) {
        return ImageReader.read(file, name, transparency);
    }

    /**
     * Returns a copy of the encoded image.
     *
     * @return the bytes of the image file
     */
    public byte[] file() {
        return file.clone();
    }

    @Override
    public String toString() {
        return "CaptionedImage(" + name + ", " + captions + ")";
    }
}
