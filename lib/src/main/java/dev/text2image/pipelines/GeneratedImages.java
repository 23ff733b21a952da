package dev.text2image.pipelines;

import dev.text2image.data.images.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Images drawn by a {@link StableDiffusionPipeline}.
 *
 * @param images the images, of type {@link BufferedImage#TYPE_INT_RGB}, those of the first prompt first
 * @param prompts the prompt of each image
 * @param seeds the seed that draws them again, or one for each image if each has a stream of random numbers of its own
 * @param notes what the user should know, for example that a prompt was cut
 */
public record GeneratedImages(List<BufferedImage> images, List<String> prompts, List<Long> seeds, List<String> notes) {
    private static final int LONGEST_NAME = 60;

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is not one prompt for each image
     */
    public GeneratedImages {
        images = List.copyOf(images);
        prompts = List.copyOf(prompts);
        seeds = List.copyOf(seeds);
        notes = List.copyOf(notes);
        if (images.size() != prompts.size()) {
            throw new IllegalArgumentException("There are " + images.size() + " images and " + prompts.size()
                    + " prompts; give one for each image.");
        }
        if (seeds.size() != 1 && seeds.size() != images.size()) {
            throw new IllegalArgumentException("There are " + images.size() + " images and " + seeds.size()
                    + " seeds; give one for each image, or one for all.");
        }
    }

    /**
     * Returns the first seed.
     *
     * @return the seed of the first image, or of all
     */
    public long seed() {
        return seeds.get(0);
    }

    /**
     * Writes the images as PNG files, named by number and prompt, for example {@code 00-a-red-heart.png}. Files of the same name
     * are replaced.
     *
     * @param directory where to write them; it is made if need be
     * @return the files, in the order of the images
     * @throws java.io.UncheckedIOException if a file cannot be written
     */
    public List<Path> save(Path directory) {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            Path file = directory.resolve(fileName(i, prompts.get(i)));
            Images.writePng(images.get(i), file);
            files.add(file);
        }
        return files;
    }

    /**
     * Names the file of an image.
     *
     * @param index its number
     * @param prompt its prompt
     * @return for example {@code 00-a-red-heart.png}
     */
    public static String fileName(int index, String prompt) {
        String words = words(prompt);
        return String.format(Locale.ROOT, "%02d", index) + (words.isEmpty() ? "" : "-" + words) + ".png";
    }

    /** ASCII only, as a file system may know nothing else; accents are taken off. */
    private static String words(String prompt) {
        String words = Normalizer.normalize(prompt, Normalizer.Form.NFKD)
                .replaceAll("\\p{M}", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-");
        String cut = words.substring(0, Math.min(words.length(), LONGEST_NAME));
        return cut.replaceAll("^-|-$", "");
    }
}
