package dev.text2image.kernel.repl.errors;

import dev.text2image.io.InvalidInputException;
import dev.text2image.kernel.repl.cells.Cells;
import dev.text2image.kernel.repl.cells.Cells.Statement;
import dev.text2image.kernel.repl.cells.LostVariables;
import dev.text2image.kernel.repl.cells.MagicCalls;
import dev.text2image.kernel.repl.errors.Stack.CellLine;
import dev.text2image.kernel.repl.errors.Stack.Part;
import dev.text2image.kernel.stop.StopRequests;
import java.util.ArrayList;
import java.util.List;
import jdk.jshell.JShell;
import jdk.jshell.UnresolvedReferenceException;
import jdk.jshell.spi.SPIResolutionException;
import org.dflib.jjava.kernel.execution.CompilationException;
import org.dflib.jjava.kernel.execution.EvaluationInterruptedException;
import org.dflib.jjava.kernel.execution.IncompleteSourceException;
import org.jspecify.annotations.Nullable;

/** Says what went wrong in a cell: the cell, its line, the source there, and what led to it. */
public final class ErrorReports {
    private static final int CAUSES = 8;
    private static final int MESSAGE_LINES = 30;

    private final Cells cells;
    private final Stack stack;
    private final CompileErrors compileErrors;

    /**
     * Makes the reports of a shell.
     *
     * @param shell the shell
     * @param cells where its snippets come from
     * @param lost the variables that cells took away
     */
    public ErrorReports(JShell shell, Cells cells, LostVariables lost) {
        this.cells = cells;
        stack = new Stack(cells, new SnippetClasses(shell));
        compileErrors = new CompileErrors(shell, cells, lost);
    }

    /**
     * Reports a failure.
     *
     * @param reported what a cell threw
     * @return the report
     */
    public Report of(Throwable reported) {
        List<Throwable> ofCells = StopRequests.failures();
        Throwable thrown = Failure.unwrap(reported, ofCells);
        if (thrown instanceof CompilationException e) {
            return compileErrors.rejected(e.getBadSnippetCompilation().snippet());
        }
        if (thrown instanceof IncompleteSourceException) {
            return compileErrors.incomplete();
        }
        if (thrown instanceof EvaluationInterruptedException) {
            return stopped(thrown);
        }
        if (thrown.getCause() instanceof UnresolvedReferenceException e) {
            return compileErrors.unresolved(e, stack.parts(framesOf(e)));
        }
        return ofFailure(thrown, ofCells);
    }

    /**
     * What a cell that ended well should still be told.
     *
     * @return the warnings
     */
    public List<String> warnings() {
        return compileErrors.unusable();
    }

    /** The frames as they were; JShell translates their lines wrongly. */
    private static List<StackTraceElement> framesOf(UnresolvedReferenceException thrown) {
        for (Throwable failure : StopRequests.failures()) {
            if (failure instanceof SPIResolutionException) {
                return List.of(failure.getStackTrace());
            }
        }
        return List.of(thrown.getStackTrace());
    }

    private Report stopped(Throwable thrown) {
        var lines = new ArrayList<String>();
        lines.add(Ansi.ERROR.of("Stopped."));
        Statement statement = cells.running();
        if (statement != null) {
            lines.add("  at " + Ansi.PLACE.of(statement.place().toString()));
            lines.addAll(Listing.around(statement.place(), 0));
        }
        return new Report(thrown.getClass().getSimpleName(), "Stopped.", lines);
    }

    private Report ofFailure(Throwable thrown, List<Throwable> ofCells) {
        Failure failure = Failure.of(thrown, ofCells);
        var lines = new ArrayList<String>();
        lines.add(headline("", failure));
        lines.addAll(StackText.of(partsOf(failure)));
        // The message of a wrong input says it all.
        if (!(failure.thrown() instanceof InvalidInputException)) {
            suppressed(failure, ofCells, lines);
            addCauses(failure, ofCells, lines);
        }
        return new Report(failure.simpleType(), failure.message() == null ? "" : failure.message(), lines);
    }

    /** The causes, the outermost first; of those that only the kernel's own frames know, the last one. */
    private void addCauses(Failure failure, List<Throwable> ofCells, List<String> lines) {
        Failure outer = failure;
        Failure cause = failure.cause(ofCells);
        for (int i = 0; i < CAUSES && cause != null; i++) {
            List<Part> parts = stack.parts(own(cause.frames(), outer.frames()));
            Failure next = cause.cause(ofCells);
            if (!parts.isEmpty() || next == null) {
                lines.add(headline("Caused by: ", cause));
                lines.addAll(StackText.of(parts));
            }
            outer = cause;
            cause = next;
        }
    }

    private static void suppressed(Failure failure, List<Throwable> ofCells, List<String> lines) {
        for (Throwable suppressed : failure.thrown().getSuppressed()) {
            lines.add(headline("Suppressed: ", Failure.of(suppressed, ofCells)));
        }
    }

    /** The stack of a failure; of a wrong input only the user's own lines. */
    private List<Part> partsOf(Failure failure) {
        List<Part> parts = new ArrayList<>(stack.parts(failure.frames()));
        if (failure.thrown() instanceof InvalidInputException) {
            parts.removeIf(part -> !(part instanceof CellLine));
        }
        CellLine statement = runningLine();
        boolean isOutsideOfCells =
                failure.thrown() instanceof InvalidInputException || MagicCalls.isIn(failure.frames());
        if (isOutsideOfCells && statement != null && parts.stream().noneMatch(part -> isOf(statement, part))) {
            parts.add(statement);
        }
        // A stack that overflowed is too deep for its trace to reach the statement.
        if (failure.thrown() instanceof StackOverflowError && statement != null && !parts.contains(statement)) {
            parts.add(statement);
        }
        return parts;
    }

    private static boolean isOf(CellLine statement, Part part) {
        return part instanceof CellLine line
                && line.place()
                        .source()
                        .name()
                        .equals(statement.place().source().name());
    }

    private @Nullable CellLine runningLine() {
        Statement statement = cells.running();
        return statement == null ? null : new CellLine(statement.place(), "");
    }

    private static String headline(String before, Failure failure) {
        String message = failure.message();
        if (message == null) {
            return before + Ansi.ERROR.of(failure.shownType());
        }
        List<String> lines = message.lines().toList();
        String shown = String.join("\n", lines.subList(0, Math.min(MESSAGE_LINES, lines.size())));
        return before + Ansi.ERROR.of(failure.shownType()) + ": " + shown + (lines.size() > MESSAGE_LINES ? "\n…" : "");
    }

    /** The frames of a cause that the exception it caused has not. */
    private static List<StackTraceElement> own(List<StackTraceElement> frames, List<StackTraceElement> ofOuter) {
        int end = frames.size();
        int outerEnd = ofOuter.size();
        while (end > 0 && outerEnd > 0 && frames.get(end - 1).equals(ofOuter.get(outerEnd - 1))) {
            end--;
            outerEnd--;
        }
        return frames.subList(0, end);
    }
}
