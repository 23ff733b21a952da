package dev.text2image.kernel.repl.cells;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the line magics in code, but none in strings, text blocks and comments, whose lines may start with a percent sign too. */
final class MagicLines {
    private static final Pattern TOKEN =
            Pattern.compile("(?:(?<assigned>=)|(?m:^))[ \t]*(?:%(?<magic>\\w[^\r\n]*)|!(?<command>[^=\r\n][^\r\n]*))|"
                    + Brackets.TOKEN);

    private MagicLines() {}

    /**
     * A line magic.
     *
     * @param start where its percent sign or exclamation mark is
     * @param end where its line ends
     * @param text what is between
     * @param isCommand whether it has an exclamation mark
     * @param isInStatement whether it is a value, or in a block
     */
    record Found(int start, int end, String text, boolean isCommand, boolean isInStatement) {
        Magic magic() {
            return Magic.ofLine(isCommand ? Magic.SHELL + " " + text : text);
        }
    }

    static List<Found> in(String code) {
        var found = new ArrayList<Found>();
        int depth = 0;
        Matcher token = TOKEN.matcher(code);
        while (token.find()) {
            String bracket = token.group("bracket");
            boolean isInStatement = depth > 0 || token.group("assigned") != null;
            String group = token.group("magic") != null ? "magic" : "command";
            if (bracket != null) {
                depth += "([{".contains(bracket) ? 1 : -1;
            } else if (token.group(group) != null && !(isInStatement && group.equals("command"))) {
                int start = token.start(group) - 1;
                found.add(
                        new Found(start, token.end(group), token.group(group), group.equals("command"), isInStatement));
            }
        }
        return found;
    }
}
