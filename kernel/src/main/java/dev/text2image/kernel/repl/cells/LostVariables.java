package dev.text2image.kernel.repl.cells;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Status;
import jdk.jshell.SnippetEvent;
import jdk.jshell.VarSnippet;
import org.jspecify.annotations.Nullable;

/** Follows the variables whose values cells take away: those of a class that has changed, and those whose initialiser fails. */
public final class LostVariables {
    private final JShell shell;
    private final Cells cells;
    /** By name, those of this cell last. */
    private final Map<String, Loss> losses = new LinkedHashMap<>();

    private final List<VarSnippet> withoutValue = new ArrayList<>();

    /**
     * Follows the variables of a shell.
     *
     * @param shell the shell
     * @param cells the cells that made them
     */
    public LostVariables(JShell shell, Cells cells) {
        this.shell = shell;
        this.cells = cells;
    }

    /**
     * How a variable was lost.
     *
     * @param variable the variable
     * @param madeIn the cell that made it
     * @param cause what was defined or dropped
     * @param lostIn the cell that did so
     */
    private record Loss(VarSnippet variable, String madeIn, Snippet cause, String lostIn) {
        String why() {
            return "of the old " + NameClashes.name(cause);
        }
    }

    /**
     * Takes note of what has become of a snippet.
     *
     * @param event what JShell says of it
     */
    public synchronized void follow(SnippetEvent event) {
        if (!(event.snippet() instanceof VarSnippet variable) || variable.name().startsWith("$")) {
            return;
        }
        Snippet cause = event.causeSnippet();
        if (cause == null) {
            losses.remove(variable.name());
            if (event.exception() != null) {
                withoutValue.add(variable);
            }
        } else if (event.previousStatus() == Status.VALID && event.status() != Status.OVERWRITTEN) {
            losses.remove(variable.name());
            // A variable that followed from a lost one is lost for the same reason.
            Loss first = cause instanceof VarSnippet other ? losses.get(other.name()) : null;
            Snippet reason = first == null ? cause : first.cause();
            losses.put(variable.name(), new Loss(variable, cells.nameOf(variable), reason, cells.current()));
        }
    }

    /**
     * What this cell is told of the variables that it has taken away and not made again.
     *
     * @return one line for each cause
     */
    public synchronized List<String> ofThisCell() {
        var lines = new ArrayList<String>();
        withoutValue.forEach(variable ->
                lines.add(variable.name() + " is " + start(variable.typeName()) + ": its initialiser failed."));
        withoutValue.clear();
        Map<String, List<Loss>> byCause = losses.values().stream()
                .filter(loss -> loss.lostIn().equals(cells.current()))
                .collect(Collectors.groupingBy(
                        loss -> loss.why() + (isThere(loss) ? " %s null again." : " %s gone."),
                        LinkedHashMap::new,
                        Collectors.toList()));
        byCause.forEach((what, lost) -> lines.add(describe(what, lost)));
        return lines;
    }

    private boolean isThere(Loss loss) {
        return shell.status(loss.variable()) == Status.VALID;
    }

    private static String describe(String what, List<Loss> lost) {
        boolean isOne = lost.size() == 1;
        String names =
                lost.stream().map(loss -> loss.variable().name()).sorted().collect(Collectors.joining(", "));
        var madeIn = lost.stream().map(Loss::madeIn).collect(Collectors.toCollection(TreeSet::new));
        return "The " + (isOne ? "variable " : "variables ") + names + " " + what.formatted(isOne ? "is" : "are")
                + " Run " + String.join(", ", madeIn) + " again to have " + (isOne ? "it." : "them.");
    }

    /**
     * What an error about a missing variable says more; null if it was never there.
     *
     * @param name the variable
     * @return a sentence; null if it was never there
     */
    public synchronized @Nullable String explain(String name) {
        Loss loss = losses.get(name);
        return loss == null
                ? null
                : loss.lostIn() + " took away " + name + ", a variable " + loss.why() + "; run " + loss.madeIn()
                        + " again.";
    }

    private static String start(String type) {
        return switch (type) {
            case "boolean" -> "false";
            case "byte", "short", "int", "long", "float", "double", "char" -> "0";
            default -> "null";
        };
    }
}
