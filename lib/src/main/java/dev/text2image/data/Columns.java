package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.util.List;
import java.util.Locale;

/** Finds the columns for images and captions among those of a data set. */
final class Columns {
    private static final List<String> IMAGE_NAMES = List.of("image", "img", "picture", "photo", "file");
    private static final List<String> CAPTION_NAMES = List.of("text", "caption", "captions", "prompt", "prompts");

    private Columns() {}

    /** Finds the column of images: the one wanted, else one with a usual name, else the first that can hold images. */
    static String image(String wanted, List<String> all, List<String> suitable, String source) {
        return find("image", "images", "--image_column", wanted, all, suitable, IMAGE_NAMES, source);
    }

    /** Finds the column of captions: the one wanted, else one with a usual name, else the first that can hold captions. */
    static String caption(String wanted, List<String> all, List<String> suitable, String source) {
        return find("caption", "captions", "--caption_column", wanted, all, suitable, CAPTION_NAMES, source);
    }

    private static String find(
            String kind,
            String content,
            String option,
            String wanted,
            List<String> all,
            List<String> suitable,
            List<String> names,
            String source) {
        if (!wanted.equals(CaptionedDataset.AUTO)) {
            return wanted(kind, content, option, wanted, all, suitable, source);
        }
        for (String name : names) {
            for (String column : suitable) {
                if (column.toLowerCase(Locale.ROOT).equals(name)) {
                    return column;
                }
            }
        }
        if (suitable.isEmpty()) {
            throw new InvalidInputException(
                    source + " has no column that can hold " + content + "; its columns are " + list(all) + ".");
        }
        return suitable.get(0);
    }

    private static String wanted(
            String kind,
            String content,
            String option,
            String wanted,
            List<String> all,
            List<String> suitable,
            String source) {
        if (!all.contains(wanted)) {
            throw new InvalidInputException("The " + kind + " column \"" + wanted + "\" is not in " + source
                    + "; its columns are " + list(all) + ". Name one of them with " + option + ".");
        }
        if (!suitable.contains(wanted)) {
            throw new InvalidInputException("The column \"" + wanted + "\" of " + source + " cannot hold " + content
                    + (suitable.isEmpty() ? "." : "; " + list(suitable) + " can. Name it with " + option + "."));
        }
        return wanted;
    }

    private static String list(List<String> columns) {
        return columns.isEmpty() ? "none" : "\"" + String.join("\", \"", columns) + "\"";
    }
}
