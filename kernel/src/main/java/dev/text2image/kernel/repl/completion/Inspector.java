package dev.text2image.kernel.repl.completion;

import dev.text2image.kernel.docs.DocumentationSources;
import dev.text2image.kernel.docs.HtmlText;
import dev.text2image.kernel.docs.Javadoc;
import dev.text2image.kernel.repl.cells.Brackets;
import dev.text2image.kernel.repl.cells.Signatures;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.jspecify.annotations.Nullable;

/** Explains what is at the cursor: signatures, and the Javadoc where there are sources. */
public final class Inspector {
    private static final int SHOWN = 12;

    private final JShell shell;
    private boolean askedForSources;

    /**
     * Explains for a shell.
     *
     * @param shell the shell
     */
    public Inspector(JShell shell) {
        this.shell = shell;
    }

    /**
     * Explains code.
     *
     * @param code a cell
     * @param cursor in an identifier, at its end, or among the arguments of a call
     * @return the explanation; null if nothing is known
     */
    @Nullable
    public DisplayData inspect(String code, int cursor) {
        if (!askedForSources) {
            askedForSources = true;
            DocumentationSources.addTo(shell.sourceCodeAnalysis());
        }
        for (int end : ends(code, Math.max(0, Math.min(cursor, code.length())))) {
            List<Documentation> found = documentation(code, end);
            if (!found.isEmpty()) {
                return show(found);
            }
        }
        return null;
    }

    /** Where JShell may find what is meant: behind the identifier and its bracket, or behind the bracket of the call around. */
    private static List<Integer> ends(String code, int cursor) {
        var ends = new ArrayList<Integer>();
        int end = cursor;
        while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
            end++;
        }
        if (end > 0 && Character.isJavaIdentifierPart(code.charAt(end - 1))) {
            int next = end;
            while (next < code.length() && Character.isWhitespace(code.charAt(next))) {
                next++;
            }
            if (next < code.length() && code.charAt(next) == '(') {
                ends.add(next + 1);
            }
            ends.add(end);
        }
        // As JupyterLab asks about a completion such as length().
        if (code.substring(0, cursor).endsWith("()")) {
            ends.add(cursor - 1);
        }
        Brackets.Open call = Brackets.lastOpen(code.substring(0, cursor), 0);
        if (call != null && call.bracket() == '(') {
            ends.add(call.offset() + 1);
        }
        return ends;
    }

    private List<Documentation> documentation(String code, int end) {
        String before = code.substring(0, end);
        for (String piece : CodePieces.endingWith(shell, before)) {
            List<Documentation> found = shell.sourceCodeAnalysis().documentation(piece, piece.length(), true);
            if (found.isEmpty() && !piece.endsWith("(")) {
                // The name of a method without a call is not an expression.
                String call = piece + "(";
                found = shell.sourceCodeAnalysis().documentation(call, call.length(), true);
            }
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    private DisplayData show(List<Documentation> found) {
        var html = new ArrayList<String>();
        var text = new ArrayList<String>();
        for (Documentation one : found.subList(0, Math.min(SHOWN, found.size()))) {
            String signature = Signatures.shorten(one.signature());
            String comment = one.javadoc();
            Javadoc javadoc = comment == null || comment.isBlank() ? null : Javadoc.of(comment);
            html.add("<pre><b>" + HtmlText.escape(signature) + "</b></pre>"
                    + (javadoc == null ? "" : "\n" + javadoc.html()));
            text.add(signature
                    + (javadoc == null ? "" : "\n" + javadoc.text().indent(4).stripTrailing()));
        }
        if (found.size() > SHOWN) {
            String more = "… " + (found.size() - SHOWN) + " more";
            html.add("<p>" + more + "</p>");
            text.add(more);
        }
        if (!DocumentationSources.hasJdk() && found.stream().noneMatch(this::isExplained)) {
            String note = "(Signatures only: the documentation of the JDK is in its src.zip, which this JDK has not.)";
            html.add("<p><i>" + note + "</i></p>");
            text.add(note);
        }
        var data = new DisplayData(String.join("\n\n", text));
        data.putHTML(html.stream().collect(Collectors.joining("\n<hr>\n")));
        return data;
    }

    /** Whether there is documentation, or cannot be any, as for what the user's cells have defined. */
    private boolean isExplained(Documentation one) {
        return one.javadoc() != null
                || shell.variables().anyMatch(variable -> one.signature().startsWith(variable.name() + ":"))
                || shell.methods().anyMatch(method -> one.signature().contains(" " + method.name() + "("));
    }
}
