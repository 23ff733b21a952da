package dev.text2image.kernel.repl.cells;

import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A magic as a cell calls it.
 *
 * @param name without its percent signs
 * @param arguments the words behind it
 * @param body the lines below a cell magic; null for a line magic
 */
record Magic(String name, List<String> arguments, @Nullable String body) {
    /** What a line that starts with an exclamation mark runs. */
    static final String SHELL = "shell";
    /** The line magics whose argument is code, in which quotes and blanks mean something. */
    private static final Set<String> OF_CODE = Set.of("time", SHELL, "bash", "sh");

    /** Words, which may hold blanks in quotes. */
    private static final Pattern WORD = Pattern.compile("(?:\"(?:\\\\.|[^\"\\\\])*\"|\\S)+");
    /** A quoted part of a word. */
    private static final Pattern QUOTED = Pattern.compile("\"((?:\\\\.|[^\"\\\\])*)\"");

    /** The magic in a line without its percent sign. */
    static Magic ofLine(String line) {
        String[] parts = line.strip().split("\\s+", 2);
        String rest = parts.length == 1 ? "" : parts[1];
        boolean isCode = OF_CODE.contains(parts[0]) && !rest.isEmpty();
        return new Magic(parts[0], isCode ? List.of(rest) : words(rest), null);
    }

    /** The magic of a whole cell, without its percent signs. */
    static Magic ofCell(String cell) {
        String[] parts = cell.split("\\R", 2);
        String[] first = parts[0].strip().split("\\s+", 2);
        return new Magic(first[0], words(first.length == 1 ? "" : first[1]), parts.length == 1 ? "" : parts[1]);
    }

    private static List<String> words(String text) {
        return WORD.matcher(text)
                .results()
                .map(MatchResult::group)
                .map(word -> QUOTED.matcher(word)
                        .replaceAll(quoted -> java.util.regex.Matcher.quoteReplacement(
                                quoted.group(1).replaceAll("\\\\(.)", "$1"))))
                .toList();
    }
}
