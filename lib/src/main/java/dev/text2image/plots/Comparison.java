package dev.text2image.plots;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;

/** Compares images of several origins: one row for each origin, its name before it; if each has one image only, one row in all. */
public final class Comparison {
    private Comparison() {}

    /**
     * Draws the comparison.
     *
     * @param rows images of any kind that {@link Pictures} knows, as many for each name, in the order of the map
     * @return the picture; the captions of the first row that has any stand below the last row
     * @throws IllegalArgumentException if there are no rows, these are no images, or their numbers differ
     */
    public static BufferedImage of(Map<String, ?> rows) {
        List<String> names = List.copyOf(rows.keySet());
        List<Pictures> pictures =
                rows.values().stream().<Pictures>map(Pictures::of).toList();
        check(names, pictures);
        if (pictures.get(0).images().size() == 1) {
            List<BufferedImage> images =
                    pictures.stream().map(row -> row.images().get(0)).toList();
            return ImageGrid.of(images, names);
        }
        return grid(names, pictures);
    }

    private static void check(List<String> names, List<Pictures> rows) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("There is nothing to compare; give images for at least one name.");
        }
        int expected = rows.get(0).images().size();
        for (int i = 1; i < rows.size(); i++) {
            int found = rows.get(i).images().size();
            if (found != expected) {
                throw new IllegalArgumentException("\"" + names.get(0) + "\" has " + expected + " images and \""
                        + names.get(i) + "\" has " + found + "; give as many for each name.");
            }
        }
    }

    private static BufferedImage grid(List<String> names, List<Pictures> rows) {
        int columns = rows.get(0).images().size();
        List<String> captions = captions(rows);
        ImageGrid grid = ImageGrid.withRowCaptions(names, columns);
        for (int row = 0; row < rows.size(); row++) {
            boolean last = row == rows.size() - 1;
            for (int i = 0; i < columns; i++) {
                grid.add(rows.get(row).images().get(i), last ? captions.get(i) : "");
            }
        }
        return grid.image();
    }

    /** Those of the first row that has any: all rows show the same, otherwise they could not be compared. */
    private static List<String> captions(List<Pictures> rows) {
        return rows.stream()
                .map(Pictures::captions)
                .filter(captions -> captions.stream().anyMatch(caption -> !caption.isBlank()))
                .findFirst()
                .orElse(rows.get(0).captions());
    }
}
