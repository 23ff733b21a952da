package dev.text2image.kernel.repl.errors;

import dev.text2image.kernel.repl.cells.Signatures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jdk.jshell.Diag;

/**
 * A message of the compiler, in a few words.
 *
 * @param text the first sentence, with the name that was not found
 * @param details the lines that say more
 */
record CompilerMessage(String text, List<String> details) {
    static CompilerMessage of(Diag error) {
        return of(error.getMessage(Locale.ENGLISH));
    }

    static CompilerMessage of(String message) {
        List<String> lines = Signatures.shorten(message)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        var text = new StringBuilder(
                lines.isEmpty() ? "the code cannot be compiled" : lines.get(0).replaceFirst(";$", ""));
        var details = new ArrayList<String>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            if (line.startsWith("symbol:")) {
                text.append(": ").append(line.substring("symbol:".length()).strip());
            } else if (line.startsWith("location:")) {
                String place = line.substring("location:".length()).strip();
                // JShell leaves nothing of the class that it made.
                if (!place.equals("class") && !place.contains("$JShell$")) {
                    text.append(" in ").append(place);
                }
            } else {
                details.add(line);
            }
        }
        return new CompilerMessage(text.toString(), details);
    }
}
