package dev.text2image.kernel.repl.errors;

import dev.text2image.kernel.repl.cells.Source.Place;
import java.util.ArrayList;
import java.util.List;

/** Draws lines of a source with an arrow at one of them. */
final class Listing {
    private static final String ARROW = "---> ";
    private static final String NO_ARROW = " ".repeat(ARROW.length());

    private Listing() {}

    /** The line with the arrow, and so many lines before and after it. */
    static List<String> around(Place place, int context) {
        List<String> lines = place.source().lines();
        int first = Math.max(1, place.line() - context);
        int last = Math.min(lines.size(), place.line() + context);
        int width = String.valueOf(last).length();
        var listing = new ArrayList<String>();
        for (int line = first; line <= last; line++) {
            String number = " ".repeat(width - String.valueOf(line).length()) + line;
            String text = lines.get(line - 1);
            listing.add(
                    line == place.line()
                            ? Ansi.ARROW.of(ARROW + number) + " " + text
                            : NO_ARROW + Ansi.QUIET.of(number) + " " + text);
        }
        return listing;
    }

    /** The line with the arrow, and carets under some of its characters. */
    static List<String> marked(Place place, int column, int length) {
        String text = place.source().lines().get(place.line() - 1);
        int start = Math.min(column, text.length());
        int end = Math.max(start + 1, Math.min(start + length, text.length()));
        // Tabs stay, so that the carets are below what they mark.
        String indent = NO_ARROW
                + " ".repeat(String.valueOf(place.line()).length() + 1)
                + text.substring(0, start).replaceAll("[^\t]", " ");
        var listing = new ArrayList<>(around(place, 0));
        listing.add(indent + Ansi.ERROR.of("^".repeat(end - start)));
        return listing;
    }
}
