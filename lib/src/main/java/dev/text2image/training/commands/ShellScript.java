package dev.text2image.training.commands;

import dev.text2image.io.InvalidInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The commands in a piece of shell text, read as bash would as far as guides use it: quotes, escapes, comments, continued lines,
 * variables, and the marks that notebooks put before a command. Nothing is run, and the value of a variable stays one word.
 *
 * @param commands the words of each command; assignments and redirections are not among them
 * @param variables the values that the text assigns, by name
 */
record ShellScript(List<List<String>> commands, Map<String, String> variables) {
    /** Stands in a word where a variable is used that is not set; the variable's name follows it. */
    static final char UNSET = '\0';

    /**
     * Reads a text.
     *
     * @param text one or more lines
     * @throws InvalidInputException if a quote is left open, or the text computes a value
     */
    static ShellScript read(String text) {
        return new Reader(text).read();
    }

    /** Goes through the text once, one character or quoted part at a time. */
    private static final class Reader {
        private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_]\\w*)=(.*)", Pattern.DOTALL);
        private static final Pattern VARIABLE = Pattern.compile("([A-Za-z_]\\w*)|\\{([A-Za-z_]\\w*)}");
        private static final Pattern NOTEBOOK_MARK = Pattern.compile("^(%%(bash|sh)|\\$|[!%])");
        private static final String EXPORT = "export";
        private static final List<String> ASSIGNING = List.of(EXPORT, "env");
        private static final String BLANKS = " \t\r\u00a0";
        private static final String ESCAPED_IN_QUOTES = "\\\"$`\n";

        private final String text;
        private final List<List<String>> commands = new ArrayList<>();
        private final Map<String, String> variables = new LinkedHashMap<>();
        private List<String> words = new ArrayList<>();
        private @Nullable StringBuilder word;
        private boolean redirected;
        private int position;

        Reader(String text) {
            this.text = text;
        }

        ShellScript read() {
            while (position < text.length()) {
                readNext(text.charAt(position++));
            }
            endCommand();
            return new ShellScript(List.copyOf(commands), Map.copyOf(variables));
        }

        private void readNext(char character) {
            switch (character) {
                case '\n', ';', '&', '|' -> endCommand();
                case ' ', '\t', '\r', '\u00a0' -> endWord();
                case '<', '>' -> redirect();
                case '\'' -> append(text.substring(position, closing('\'')));
                case '"' -> doubleQuoted();
                case '\\' -> backslash();
                case '$' -> append(variable());
                case '#' -> hash();
                default -> append(String.valueOf(character));
            }
        }

        private void append(String part) {
            StringBuilder current = word == null ? new StringBuilder() : word;
            word = current.append(part);
        }

        private void hash() {
            if (word != null) {
                append("#");
                return;
            }
            int end = text.indexOf('\n', position);
            position = end < 0 ? text.length() : end;
        }

        /** Finds the quote that closes a quotation and moves behind it. */
        private int closing(char quote) {
            int end = text.indexOf(quote, position);
            if (end < 0) {
                throw unclosed(quote);
            }
            position = end + 1;
            return end;
        }

        private static InvalidInputException unclosed(char quote) {
            return new InvalidInputException("The command opens a " + quote + " and does not close it.");
        }

        private void doubleQuoted() {
            append("");
            while (peek() != '"') {
                if (position == text.length()) {
                    throw unclosed('"');
                }
                char character = text.charAt(position++);
                if (character == '$') {
                    append(variable());
                } else if (character == '\\' && ESCAPED_IN_QUOTES.indexOf(peek()) >= 0) {
                    char escaped = text.charAt(position++);
                    append(escaped == '\n' ? "" : String.valueOf(escaped));
                } else {
                    append(String.valueOf(character));
                }
            }
            position++;
        }

        /** The next character; a letter, which is never special, at the end. */
        private char peek() {
            return position < text.length() ? text.charAt(position) : 'x';
        }

        /** Blanks behind the backslash that continues a line, and one that lost its line break, are forgiven. */
        private void backslash() {
            int end = position;
            while (end < text.length() && BLANKS.indexOf(text.charAt(end)) >= 0) {
                end++;
            }
            boolean endsLine = end == text.length() || text.charAt(end) == '\n';
            if (endsLine) {
                position = Math.min(end + 1, text.length());
            } else if (end > position && word == null) {
                position = end;
            } else {
                append(String.valueOf(text.charAt(position++)));
            }
        }

        private String variable() {
            Matcher matcher = VARIABLE.matcher(text).region(position, text.length());
            if (!matcher.lookingAt()) {
                if (peek() == '{' || peek() == '(') {
                    throw new InvalidInputException(
                            "The command has a value that a shell computes, $" + peek() + "...; write the value.");
                }
                return "$";
            }
            position = matcher.end();
            String name = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
            String value = variables.getOrDefault(name, System.getenv(name));
            return value != null ? value : UNSET + name;
        }

        private void redirect() {
            if (word == null || !word.toString().matches("\\d+")) {
                endWord();
            }
            word = null;
            while ("<>&".indexOf(peek()) >= 0) {
                position++;
            }
            redirected = true; // the next word is a file
        }

        private void endWord() {
            StringBuilder ended = word;
            word = null;
            if (ended == null || redirected) {
                redirected = redirected && ended == null;
                return;
            }
            String done = words.isEmpty() ? NOTEBOOK_MARK.matcher(ended).replaceFirst("") : ended.toString();
            Matcher assignment = ASSIGNMENT.matcher(done);
            if ((words.isEmpty() || isAssigning()) && assignment.matches()) {
                variables.put(assignment.group(1), assignment.group(2));
            } else if (!words.isEmpty() || !done.isEmpty()) {
                words.add(done);
            }
        }

        private boolean isAssigning() {
            return words.size() == 1 && ASSIGNING.contains(words.get(0));
        }

        private void endCommand() {
            endWord();
            redirected = false;
            if (!words.isEmpty() && !isAssigning() && !words.get(0).equals(EXPORT)) {
                commands.add(List.copyOf(words));
            }
            words = new ArrayList<>();
        }
    }
}
