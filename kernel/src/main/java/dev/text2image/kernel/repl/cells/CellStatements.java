package dev.text2image.kernel.repl.cells;

import dev.text2image.kernel.repl.cells.MagicLines.Found;
import java.util.List;
import java.util.Set;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.jspecify.annotations.Nullable;

/**
 * The statements and magics of code, one after the other. Whether a line that starts with an exclamation mark is Java is known only
 * when the statements before it have run.
 */
final class CellStatements {
    private static final String CELL_MAGIC = "%%";

    private final String code;
    private final SourceCodeAnalysis analysis;
    private final Set<String> magics;
    private final List<Found> lines;
    private int offset;

    /**
     * Starts at the first statement.
     *
     * @param code the code, without cell magics
     * @param analysis JShell's
     * @param magics the names of the line magics
     */
    CellStatements(String code, SourceCodeAnalysis analysis, Set<String> magics) {
        this.code = code;
        this.analysis = analysis;
        this.magics = magics;
        lines = MagicLines.in(code).stream()
                .filter(line -> !line.isInStatement())
                .toList();
    }

    static boolean isCellMagic(String code) {
        return code.stripLeading().startsWith(CELL_MAGIC);
    }

    static Magic cellMagic(String code) {
        return Magic.ofCell(code.stripLeading().substring(CELL_MAGIC.length()));
    }

    /**
     * A statement or a magic.
     *
     * @param offset where it starts in the code
     * @param code the statement; what remains, if it does not end
     * @param magic the magic; null for Java
     * @param isComplete whether it ends
     */
    record Next(int offset, String code, @Nullable Magic magic, boolean isComplete) {}

    /** The next statement or magic; null at the end. */
    @Nullable
    Next next() {
        for (Found line : lines) {
            if (line.start() < offset) {
                continue;
            }
            String before = code.substring(offset, line.start());
            CompletionInfo info = analysis.analyzeCompletion(before);
            if (info.completeness() == Completeness.EMPTY && isMagic(line)) {
                offset = line.end();
                return new Next(line.start(), line.text(), line.magic(), true);
            }
            if (info.completeness().isComplete()) {
                return statement(info, before);
            }
            // A statement goes on in this line.
        }
        String rest = code.substring(offset);
        CompletionInfo info = analysis.analyzeCompletion(rest);
        if (info.completeness().isComplete()) {
            return statement(info, rest);
        }
        return info.completeness() == Completeness.EMPTY ? null : new Next(offset, info.remaining(), null, false);
    }

    private Next statement(CompletionInfo info, String text) {
        int start = offset;
        offset += text.length() - info.remaining().length();
        return new Next(start, info.source(), null, true);
    }

    /** A line that starts with an exclamation mark may also be Java, such as {@code !list.isEmpty()}. */
    private boolean isMagic(Found line) {
        String java = "!" + line.text();
        return !line.isCommand()
                || (magics.contains(Magic.SHELL) && !"boolean".equals(analysis.analyzeType(java, java.length())));
    }
}
