package dev.text2image.kernel.repl;

import dev.text2image.kernel.repl.Cells.Statement;
import java.util.concurrent.TimeUnit;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.dflib.jjava.kernel.execution.CodeEvaluator;
import org.dflib.jjava.kernel.execution.IncompleteSourceException;
import org.jspecify.annotations.Nullable;

/** Evaluates the statements of a source one after the other, and tells {@link Cells} which. */
final class CellEvaluator extends CodeEvaluator {
    private final Cells cells;

    CellEvaluator(Cells cells) {
        super("text2image", -1, TimeUnit.MILLISECONDS);
        this.cells = cells;
    }

    @Override
    public @Nullable Object eval(JShell shell, String code) {
        Source source = cells.source(code);
        Statement outer = cells.running();
        try {
            Object result = eval(shell, source);
            cells.setRunning(null);
            return result;
        } finally {
            // When code that a statement evaluates has failed, the statement still runs.
            if (outer != null) {
                cells.setRunning(outer);
            }
        }
    }

    private @Nullable Object eval(JShell shell, Source source) {
        String code = source.code();
        SourceCodeAnalysis analysis = shell.sourceCodeAnalysis();
        CompletionInfo next = analysis.analyzeCompletion(code);
        Object result = null;
        int offset = 0;
        while (next.completeness().isComplete()) {
            cells.setRunning(new Statement(source, offset));
            result = evalSingle(shell, next.source());
            offset = code.length() - next.remaining().length();
            next = analysis.analyzeCompletion(next.remaining());
        }
        if (next.completeness() != SourceCodeAnalysis.Completeness.EMPTY) {
            var statement = new Statement(source, offset);
            cells.setRunning(statement);
            cells.setIncomplete(statement);
            throw new IncompleteSourceException(next.remaining());
        }
        return result;
    }
}
