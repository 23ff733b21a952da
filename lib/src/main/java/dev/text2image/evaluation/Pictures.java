package dev.text2image.evaluation;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.progress.Progress;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Pictures with captions, decoded.
 *
 * @param resolution their width and height in pixels
 * @param captions one for each picture
 * @param pixels each (3, resolution, resolution) in [-1, 1]; not to be changed
 */
public record Pictures(int resolution, List<String> captions, List<float[]> pixels) {
    /** The width of [-1, 1] in levels of an 8-bit image, by which a distance is multiplied. */
    static final double LEVELS = 127.5;

    /** Copies the lists. */
    public Pictures {
        captions = List.copyOf(captions);
        pixels = List.copyOf(pixels);
        if (captions.size() != pixels.size()) {
            throw new IllegalArgumentException("There are " + pixels.size() + " pictures and " + captions.size()
                    + " captions; give one for each picture.");
        }
    }

    /**
     * Decodes a data set, transparency on white.
     *
     * @param dataset the data set
     * @param resolution what the pictures are resized to, cropped at the centre
     * @return its rows in order, each with its first caption
     */
    public static Pictures read(CaptionedDataset dataset, int resolution) {
        List<String> captions = new ArrayList<>();
        List<float[]> pixels = new ArrayList<>();
        try (Progress progress = Progress.start("decode images", dataset.size())) {
            for (int row = 0; row < dataset.size(); row++) {
                CaptionedImage image = dataset.row(row);
                captions.add(image.captions().get(0));
                pixels.add(pixels(image.image(Transparency.ON_WHITE), resolution));
                progress.step();
            }
        }
        return new Pictures(resolution, captions, pixels);
    }

    /**
     * Takes drawn images.
     *
     * @param images the images
     * @param captions one for each image
     * @param resolution what the pictures are resized to, cropped at the centre
     * @return the pictures
     */
    public static Pictures of(List<BufferedImage> images, List<String> captions, int resolution) {
        List<float[]> pixels = new ArrayList<>();
        for (BufferedImage image : images) {
            pixels.add(pixels(Images.fromBufferedImage(image, Transparency.ON_WHITE), resolution));
        }
        return new Pictures(resolution, captions, pixels);
    }

    private static float[] pixels(RgbImage image, int resolution) {
        return ImageTransforms.centered(resolution).apply(image, new Random(0)); // which is asked for nothing
    }

    /**
     * Returns some of the pictures.
     *
     * @param wanted tells by its caption whether a picture is wanted
     * @return those that are, in their order
     */
    public Pictures where(Predicate<String> wanted) {
        int[] rows = IntStream.range(0, size())
                .filter(row -> wanted.test(captions.get(row)))
                .toArray();
        List<String> texts = IntStream.of(rows).mapToObj(captions::get).toList();
        return new Pictures(
                resolution, texts, IntStream.of(rows).mapToObj(pixels::get).toList());
    }

    /**
     * Returns the same pictures with other captions.
     *
     * @param wording makes a caption of each caption
     * @return as many pictures
     */
    public Pictures withCaptions(UnaryOperator<String> wording) {
        return new Pictures(resolution, captions.stream().map(wording).toList(), pixels);
    }

    /**
     * Returns a picture as an image.
     *
     * @param row its number, from 0
     * @return the image, of type {@link BufferedImage#TYPE_INT_RGB}
     */
    public BufferedImage image(int row) {
        float[] values = pixels.get(row);
        int plane = resolution * resolution;
        byte[] samples = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            samples[i % plane * 3 + i / plane] = (byte) Math.rint((values[i] + 1) * LEVELS);
        }
        return Images.toBufferedImage(RgbImage.of(resolution, resolution, samples));
    }

    /**
     * Returns the number of pictures.
     *
     * @return at least 0
     */
    public int size() {
        return pixels.size();
    }
}
