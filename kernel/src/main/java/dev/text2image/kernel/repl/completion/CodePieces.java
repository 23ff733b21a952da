package dev.text2image.kernel.repl.completion;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/** Cuts code where JShell can analyze it. */
final class CodePieces {
    private static final Pattern MAGIC_LINES = Pattern.compile("(?m)^[ \\t]*%.*$");
    private static final Pattern IMPORTS = Pattern.compile("(?m)^[ \\t]*import [^;\n]*;");

    private CodePieces() {}

    /**
     * Ends of the code that JShell may understand, the longest first: with the statements before, whose variables are then
     * known; without imports, since JShell wants them alone; and the last statement alone.
     */
    static Set<String> endingWith(JShell shell, String code) {
        var pieces = new LinkedHashSet<String>();
        String plain = MAGIC_LINES.matcher(code).replaceAll("");
        pieces.add(plain);
        pieces.add(IMPORTS.matcher(plain).replaceAll(""));
        pieces.add(last(shell.sourceCodeAnalysis(), plain));
        return pieces;
    }

    private static String last(SourceCodeAnalysis analysis, String code) {
        CompletionInfo info = analysis.analyzeCompletion(code);
        String rest = code;
        while (info.completeness().isComplete() && !info.remaining().isBlank()) {
            rest = info.remaining();
            info = analysis.analyzeCompletion(rest);
        }
        return rest;
    }
}
