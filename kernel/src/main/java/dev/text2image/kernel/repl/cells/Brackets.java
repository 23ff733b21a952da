package dev.text2image.kernel.repl.cells;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds a bracket that is not closed. */
public final class Brackets {
    /** What hides brackets, comments, text blocks, strings and characters; or a bracket. */
    static final Pattern TOKEN = Pattern.compile(
            "//[^\n]*|(?s:/\\*.*?(?:\\*/|$))|(?s:\"\"\".*?(?<!\\\\)(?:\"\"\"|$))|\"(?:\\\\.|[^\"\\\\\n])*+\"?|'(?:\\\\.|[^'\\\\\n])*+'?"
                    + "|(?<bracket>[(){}\\[\\]])");

    private Brackets() {}

    /** A bracket and where it is. */
    public record Open(char bracket, int offset) {}

    /**
     * The last bracket from an offset on that nothing closes; null if there is none.
     *
     * @param code the code
     * @param from where it starts
     * @return the bracket
     */
    public static @Nullable Open lastOpen(String code, int from) {
        Deque<Open> open = new ArrayDeque<>();
        Matcher matcher = TOKEN.matcher(code);
        matcher.region(from, code.length());
        while (matcher.find()) {
            String bracket = matcher.group("bracket");
            if (bracket == null) {
                continue;
            }
            if ("([{".contains(bracket)) {
                open.push(new Open(bracket.charAt(0), matcher.start()));
            } else if (!open.isEmpty()) {
                open.pop();
            }
        }
        return open.peek();
    }
}
