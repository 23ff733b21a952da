package dev.text2image.kernel.repl.cells;

import java.util.List;

/**
 * Code that was evaluated at once.
 *
 * @param name what an error calls it, such as {@code Cell In[4]}
 * @param code what JShell got; magics are resolved in it
 * @param lines what the user wrote
 * @param firstLine which of the lines the code starts with, from 1
 */
public record Source(String name, String code, List<String> lines, int firstLine) {
    /** A line of a source, from 1. */
    public record Place(Source source, int line) {
        @Override
        public String toString() {
            return source.name + ", line " + line;
        }
    }

    /**
     * Makes a source of code that no magic changes.
     *
     * @param name what an error calls it
     * @param code the code
     * @return the source
     */
    public static Source of(String name, String code) {
        return new Source(name, code, code.lines().toList(), 1);
    }

    /**
     * The place of a character of the code.
     *
     * @param offset of the character
     * @return the place
     */
    public Place place(int offset) {
        String before = code.substring(0, Math.min(offset, code.length()));
        int line = firstLine + (int) before.chars().filter(c -> c == '\n').count();
        return new Place(this, Math.max(1, Math.min(line, lines.size())));
    }

    /**
     * The place of the first character from an offset on that is not blank.
     *
     * @param offset where to look from
     * @return the place
     */
    public Place placeOfNext(int offset) {
        int next = Math.min(offset, code.length());
        while (next < code.length() && Character.isWhitespace(code.charAt(next))) {
            next++;
        }
        return place(next);
    }

    /**
     * How many characters of its line come before a character of the code.
     *
     * @param offset of the character
     * @return the number of characters
     */
    public int column(int offset) {
        int end = Math.min(offset, code.length());
        return end - (code.lastIndexOf('\n', end - 1) + 1);
    }

    /**
     * Whether the user wrote the line as JShell got it.
     *
     * @param place a line of this source
     * @return whether no magic has changed it
     */
    public boolean isUnchanged(Place place) {
        List<String> compiled = code.lines().toList();
        int index = place.line() - firstLine;
        return index >= 0 && index < compiled.size() && compiled.get(index).equals(lines.get(place.line() - 1));
    }
}
