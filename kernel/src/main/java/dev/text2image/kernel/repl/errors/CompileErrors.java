package dev.text2image.kernel.repl.errors;

import dev.text2image.kernel.repl.cells.Brackets;
import dev.text2image.kernel.repl.cells.Cells;
import dev.text2image.kernel.repl.cells.Cells.Statement;
import dev.text2image.kernel.repl.cells.LostVariables;
import dev.text2image.kernel.repl.cells.Source;
import dev.text2image.kernel.repl.cells.Source.Place;
import dev.text2image.kernel.repl.errors.Stack.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.UnresolvedReferenceException;

/** Says what the compiler did not understand. */
final class CompileErrors {
    private static final int SHOWN = 10;
    private static final int IMPORTS = 3;
    /** A class, or a capitalized name that the compiler takes for a variable. */
    private static final Pattern MISSING_CLASS = Pattern.compile("cannot find symbol: (?:class|variable [A-Z]).*");

    private static final Pattern MISSING_VARIABLE = Pattern.compile("^cannot find symbol: variable (?<name>\\w+)");

    private static final Pattern INTERNAL =
            Pattern.compile("^(?:sun|com\\.sun|jdk\\.internal)\\.|\\.(?:shaded|internal|impl)\\.");

    private final JShell shell;
    private final Cells cells;
    private final LostVariables lost;

    CompileErrors(JShell shell, Cells cells, LostVariables lost) {
        this.shell = shell;
        this.cells = cells;
        this.lost = lost;
    }

    /** A snippet that the compiler refused. */
    Report rejected(Snippet snippet) {
        List<Diag> errors = shell.diagnostics(snippet).filter(Diag::isError).toList();
        var lines = new ArrayList<String>();
        errors.stream().limit(SHOWN).forEach(error -> lines.addAll(describe(snippet, error)));
        if (errors.size() > SHOWN) {
            lines.add(Ansi.QUIET.of("… " + (errors.size() - SHOWN) + " more errors"));
        }
        String value = errors.isEmpty() ? missing(snippet) : summary(snippet, errors.get(0));
        if (lines.isEmpty()) {
            lines.add(Ansi.ERROR.of(value));
        }
        return new Report("CompilationException", value, lines);
    }

    private String summary(Snippet snippet, Diag error) {
        Statement statement = cells.find(snippet, (int) position(error));
        String text = CompilerMessage.of(error).text();
        return statement == null ? text : statement.source().place(statement.offset()) + ": " + text;
    }

    private List<String> describe(Snippet snippet, Diag error) {
        var lines = new ArrayList<String>();
        CompilerMessage message = CompilerMessage.of(error);
        Statement statement = cells.find(snippet, (int) position(error));
        if (statement == null) {
            lines.add(Ansi.ERROR.of(message.text()));
        } else {
            Place place = statement.source().place(statement.offset());
            lines.add(Ansi.PLACE.of(place.toString()) + ": " + Ansi.ERROR.of(message.text()));
            if (statement.source().isUnchanged(place)) {
                int length = (int) (error.getEndPosition() - position(error));
                lines.addAll(Listing.marked(place, statement.source().column(statement.offset()), length));
            } else {
                lines.addAll(Listing.around(place, 0));
            }
        }
        message.details().forEach(detail -> lines.add("  " + detail));
        Matcher variable = MISSING_VARIABLE.matcher(message.text());
        String explanation = variable.find() ? lost.explain(variable.group("name")) : null;
        if (explanation != null) {
            lines.add("  " + explanation);
        }
        imports(snippet, error, message).forEach(name -> lines.add("  perhaps: import " + name + ";"));
        return lines;
    }

    /** The classes on the class path that a name without an import may mean. */
    private List<String> imports(Snippet snippet, Diag error, CompilerMessage message) {
        if (!MISSING_CLASS.matcher(message.text()).matches()) {
            return List.of();
        }
        String code = snippet.source().substring(0, (int) error.getEndPosition());
        return shell.sourceCodeAnalysis().listQualifiedNames(code, code.length()).getNames().stream()
                .filter(name -> name.contains(".") && !INTERNAL.matcher(name).find())
                .limit(IMPORTS)
                .toList();
    }

    private static long position(Diag error) {
        return Math.max(0, error.getStartPosition() >= 0 ? error.getStartPosition() : error.getPosition());
    }

    /** A cell that ends in the middle of a statement. */
    Report incomplete() {
        Statement statement = cells.incomplete();
        if (statement == null) {
            return new Report(
                    "IncompleteSourceException", "The code is incomplete.", List.of("The code is incomplete."));
        }
        Source source = statement.source();
        Brackets.Open open = Brackets.lastOpen(source.code(), statement.offset());
        var lines = new ArrayList<String>();
        String value;
        if (open == null) {
            Place place = statement.place();
            value = place + ": the statement that starts here does not end in this cell";
            lines.addAll(Listing.around(place, 0));
        } else {
            Place place = source.place(open.offset());
            value = place + ": '" + open.bracket() + "' is not closed in this cell";
            lines.addAll(Listing.marked(place, source.column(open.offset()), 1));
        }
        lines.add(0, Ansi.ERROR.of(value));
        return new Report("IncompleteSourceException", value, lines);
    }

    /** A method or class was used although something in it is not defined. */
    Report unresolved(UnresolvedReferenceException thrown, List<Part> parts) {
        DeclarationSnippet snippet = thrown.getSnippet();
        String value = missing(snippet);
        var lines = new ArrayList<String>();
        lines.add(Ansi.ERROR.of(value));
        Reference reference = missingIn(snippet);
        Statement statement = cells.find(snippet, reference.offset());
        if (statement != null) {
            lines.add("  at " + Ansi.PLACE.of(statement.place().toString()));
            lines.addAll(Listing.marked(
                    statement.place(), statement.source().column(statement.offset()), reference.length()));
        }
        List<Part> callers = parts.stream()
                .filter(part -> part instanceof Stack.CellLine)
                .skip(1) // the method itself
                .toList();
        lines.addAll(StackText.of(callers));
        return new Report("UnresolvedReferenceException", value, lines);
    }

    /** What was defined in this cell but cannot be used until something else is defined. */
    List<String> unusable() {
        return cells.ofThisCell().stream()
                .filter(snippet -> snippet instanceof DeclarationSnippet)
                .filter(snippet -> switch (shell.status(snippet)) {
                    case RECOVERABLE_DEFINED, RECOVERABLE_NOT_DEFINED -> true;
                    default -> false;
                })
                .map(snippet -> {
                    Statement statement = cells.find(
                            snippet, missingIn((DeclarationSnippet) snippet).offset());
                    return (statement == null ? "" : statement.place() + ": ") + missing(snippet);
                })
                .toList();
    }

    /** Where a snippet names something. */
    private record Reference(int offset, int length) {}

    /** The first use of what a snippet lacks, which JShell names as in {@code method f(int)}; its start if that is not found. */
    private Reference missingIn(DeclarationSnippet snippet) {
        for (String unresolved : shell.unresolvedDependencies(snippet).toList()) {
            String name = unresolved.replaceFirst("^\\w+ ", "").replaceFirst("\\(.*", "");
            Matcher matcher =
                    Pattern.compile("\\b" + Pattern.quote(name) + "\\b").matcher(snippet.source());
            if (matcher.find()) {
                return new Reference(matcher.start(), name.length());
            }
        }
        return new Reference(0, 1);
    }

    /** One sentence about what a snippet lacks. */
    private String missing(Snippet snippet) {
        if (!(snippet instanceof DeclarationSnippet declaration)) {
            return "The code cannot be compiled.";
        }
        String name = declaration.name() + (snippet instanceof MethodSnippet ? "()" : "");
        List<String> unresolved =
                shell.unresolvedDependencies(declaration).distinct().toList();
        if (unresolved.isEmpty()) {
            return name + " cannot be used"
                    + shell.diagnostics(snippet)
                            .filter(Diag::isError)
                            .findFirst()
                            .map(error -> ": " + CompilerMessage.of(error).text())
                            .orElse("")
                    + ".";
        }
        String verb = unresolved.size() == 1 ? " is" : " are";
        return name + " cannot be used until " + unresolved.stream().collect(Collectors.joining(", ")) + verb
                + " defined.";
    }
}
