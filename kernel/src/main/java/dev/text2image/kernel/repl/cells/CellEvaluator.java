package dev.text2image.kernel.repl.cells;

import dev.text2image.kernel.repl.cells.CellStatements.Next;
import dev.text2image.kernel.repl.cells.Cells.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.kernel.execution.CodeEvaluator;
import org.dflib.jjava.kernel.execution.IncompleteSourceException;
import org.jspecify.annotations.Nullable;

/** Evaluates the statements and magics of a source one after the other, and tells {@link Cells} which. */
public final class CellEvaluator extends CodeEvaluator {
    private final Cells cells;
    private final MagicsRegistry magics;
    private final MagicCalls calls;
    private final NameClashes clashes;

    /**
     * Makes an evaluator.
     *
     * @param cells what is told which statement runs
     * @param notes what is told of names that cells take from each other
     * @param magics the magics
     */
    public CellEvaluator(Cells cells, Notes notes, MagicsRegistry magics) {
        super("text2image", -1, TimeUnit.MILLISECONDS);
        this.cells = cells;
        this.magics = magics;
        calls = new MagicCalls(getExecControlProvider());
        clashes = new NameClashes(cells, notes, this::getClassLoader);
    }

    @Override
    public @Nullable Object eval(JShell shell, String code) {
        Source source = cells.source(code);
        Statement outer = cells.running();
        try {
            Object result = CellStatements.isCellMagic(code)
                    ? call(CellStatements.cellMagic(code), new Statement(source, 0), outer)
                    : eval(shell, source, outer);
            cells.setRunning(null);
            return result;
        } finally {
            // When code that a statement evaluates has failed, the statement still runs.
            if (outer != null) {
                cells.setRunning(outer);
            }
        }
    }

    private @Nullable Object eval(JShell shell, Source source, @Nullable Statement outer) {
        var statements = new CellStatements(source.code(), shell.sourceCodeAnalysis(), magics.getLineMagicNames());
        Object result = null;
        for (Next next = statements.next(); next != null; next = statements.next()) {
            var statement = new Statement(source, next.offset());
            cells.setRunning(statement);
            if (!next.isComplete()) {
                cells.setIncomplete(statement);
                throw new IncompleteSourceException(next.code());
            }
            Magic magic = next.magic();
            result = magic == null ? evalStatement(shell, next.code()) : call(magic, statement, outer);
        }
        return result;
    }

    private @Nullable Object evalStatement(JShell shell, String code) {
        int before = cells.ofThisCell().size();
        try {
            return evalSingle(shell, code);
        } finally {
            List<Snippet> made = cells.ofThisCell();
            clashes.resolve(shell, made.subList(before, made.size()));
        }
    }

    private @Nullable Object call(Magic magic, Statement statement, @Nullable Statement outer) {
        cells.setRunning(statement);
        try {
            return outer == null ? calls.callInThreadOfCells(magic) : MagicCalls.call(magic);
        } catch (Throwable e) {
            throw CellEvaluator.<RuntimeException>asIs(e);
        }
    }

    /** Lets an exception of a magic pass as what it is, for its report. */
    @SuppressWarnings({"TypeParameterUnusedInFormals", "unchecked"})
    private static <E extends Throwable> E asIs(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
