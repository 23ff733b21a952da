package dev.text2image.notebook;

import dev.text2image.hub.AccessToken;
import dev.text2image.plots.Comparison;
import dev.text2image.plots.ImageGrid;
import dev.text2image.plots.LiveChart;
import dev.text2image.plots.Pictures;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressLoop;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The short names that every cell has: progress bars, growing charts, pictures of many images, a question for a token.
 *
 * <p>In a program without a notebook they do the same: {@link #progress} and {@link #liveChart} print text to the error stream, {@link
 * #grid} and {@link #sideBySide} return the image, to be saved, and {@link #askToken} finds nobody to ask.
 */
public final class Notebook {
    private static volatile SecretPrompt secretPrompt = SecretPrompt.NOBODY;

    private Notebook() {}

    /**
     * Chooses who asks for secrets; the notebook kernel calls it once at its start.
     *
     * @param prompt the one that asks from now on
     */
    public static void setSecretPrompt(SecretPrompt prompt) {
        secretPrompt = prompt;
    }

    /**
     * Asks for a token of the hub. What is typed is not shown, and the result does not show it either. Where nobody can be asked, as
     * when a notebook is executed without a browser, that is printed.
     *
     * @param question what is wanted
     * @return the token; empty if nobody can be asked, or nothing was typed
     * @throws dev.text2image.hub.HubException if it holds characters that no token has
     */
    public static Optional<AccessToken> askToken(String question) {
        String typed = secretPrompt.ask(question);
        if (typed == null) {
            System.out.println(
                    "Nobody can be asked for a token here, as this run takes no input; it goes on without one.");
        }
        return AccessToken.of(typed, "the question");
    }

    /**
     * Shows a progress bar for a loop.
     *
     * @param <T> what the loop is over
     * @param items what the loop is over; the bar knows its end only of a collection
     * @return what to write behind the colon of {@code for (var item : ...)}
     */
    public static <T> ProgressLoop<T> progress(Iterable<? extends T> items) {
        return progress(items, "");
    }

    /**
     * Shows a progress bar for a loop.
     *
     * @param <T> what the loop is over
     * @param items what the loop is over; the bar knows its end only of a collection
     * @param label what is being done
     * @return what to write behind the colon of {@code for (var item : ...)}
     */
    public static <T> ProgressLoop<T> progress(Iterable<? extends T> items, String label) {
        return Progress.over(items, label);
    }

    /**
     * Shows a progress bar for a loop.
     *
     * @param <T> what the loop is over
     * @param items what the loop is over
     * @return what to write behind the colon of {@code for (var item : ...)}
     */
    public static <T> ProgressLoop<T> progress(T[] items) {
        return progress(items, "");
    }

    /**
     * Shows a progress bar for a loop.
     *
     * @param <T> what the loop is over
     * @param items what the loop is over
     * @param label what is being done
     * @return what to write behind the colon of {@code for (var item : ...)}
     */
    public static <T> ProgressLoop<T> progress(T[] items, String label) {
        return progress(Arrays.asList(items), label);
    }

    /**
     * Shows a progress bar for a loop over 0, 1, ..., n - 1.
     *
     * @param n the number of steps, at least 0
     * @return what to write behind the colon of {@code for (int step : ...)}
     */
    public static ProgressLoop<Integer> progress(int n) {
        return progress(n, "");
    }

    /**
     * Shows a progress bar for a loop over 0, 1, ..., n - 1.
     *
     * @param n the number of steps, at least 0
     * @param label what is being done
     * @return what to write behind the colon of {@code for (int step : ...)}
     */
    public static ProgressLoop<Integer> progress(int n, String label) {
        return Progress.range(n, label);
    }

    /**
     * Puts images into one picture, four in a row, with the captions they bring along.
     *
     * @param images images of any kind that {@link Pictures} knows
     * @return the picture
     * @throws IllegalArgumentException if these are no images
     */
    public static BufferedImage grid(Object images) {
        Pictures pictures = Pictures.of(images);
        return ImageGrid.of(pictures.images(), pictures.captions());
    }

    /**
     * Puts images into one picture, with the captions they bring along.
     *
     * @param images images of any kind that {@link Pictures} knows
     * @param columns the number of images in a row
     * @return the picture
     * @throws IllegalArgumentException if these are no images
     */
    public static BufferedImage grid(Object images, int columns) {
        Pictures pictures = Pictures.of(images);
        return ImageGrid.of(pictures.images(), pictures.captions(), columns);
    }

    /**
     * Puts images into one picture, four in a row.
     *
     * @param images images of any kind that {@link Pictures} knows
     * @param captions what stands below each image; the text of anything will do
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or there is not one caption for each
     */
    public static BufferedImage grid(Object images, List<?> captions) {
        return ImageGrid.of(Pictures.of(images).images(), texts(captions));
    }

    /**
     * Puts images into one picture.
     *
     * @param images images of any kind that {@link Pictures} knows
     * @param captions what stands below each image; the text of anything will do
     * @param columns the number of images in a row
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or there is not one caption for each
     */
    public static BufferedImage grid(Object images, List<?> captions, int columns) {
        return ImageGrid.of(Pictures.of(images).images(), texts(captions), columns);
    }

    private static List<String> texts(List<?> captions) {
        return captions.stream().map(String::valueOf).toList();
    }

    /**
     * Compares images before and after: two images side by side, or two rows of images.
     *
     * @param before images of any kind that {@link Pictures} knows
     * @param after as many images
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or their numbers differ
     */
    public static BufferedImage sideBySide(Object before, Object after) {
        return sideBySide("before", before, "after", after);
    }

    /**
     * Compares images: two images side by side, or two rows of images.
     *
     * @param name1 the name of the first images
     * @param images1 images of any kind that {@link Pictures} knows
     * @param name2 the name of the second images
     * @param images2 as many images
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or their numbers differ
     */
    public static BufferedImage sideBySide(String name1, Object images1, String name2, Object images2) {
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put(name1, images1);
        rows.put(name2, images2);
        return sideBySide(rows);
    }

    /**
     * Compares images: three images side by side, or three rows of images.
     *
     * @param name1 the name of the first images
     * @param images1 images of any kind that {@link Pictures} knows
     * @param name2 the name of the second images
     * @param images2 as many images
     * @param name3 the name of the third images
     * @param images3 as many images
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or their numbers differ
     */
    public static BufferedImage sideBySide(
            String name1, Object images1, String name2, Object images2, String name3, Object images3) {
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put(name1, images1);
        rows.put(name2, images2);
        rows.put(name3, images3);
        return sideBySide(rows);
    }

    /**
     * Compares images: some images side by side, or some rows of images.
     *
     * @param rows images of any kind that {@link Pictures} knows, as many for each name, in the order of the map
     * @return the picture
     * @throws IllegalArgumentException if these are no images, or their numbers differ
     */
    public static BufferedImage sideBySide(Map<String, ?> rows) {
        return Comparison.of(rows);
    }

    /**
     * Makes a chart that grows while the cell runs: {@code chart.add(step, loss)}.
     *
     * @param title the title
     * @return the chart, over steps
     */
    public static LiveChart liveChart(String title) {
        return LiveChart.of(title, "step", "");
    }

    /**
     * Makes a chart that grows while the cell runs: {@code chart.add(step, loss)} for its only line, {@code chart.add("held out", step,
     * loss)} for one of several.
     *
     * @param title the title; empty for none
     * @param xLabel what the x axis shows, for example {@code "step"}
     * @param yLabel what the y axis shows, for example {@code "loss"}
     * @return the chart
     */
    public static LiveChart liveChart(String title, String xLabel, String yLabel) {
        return LiveChart.of(title, xLabel, yLabel);
    }
}
