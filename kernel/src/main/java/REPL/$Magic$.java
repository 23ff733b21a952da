package REPL;

import dev.text2image.kernel.repl.cells.MagicCalls;
import org.jspecify.annotations.Nullable;

/**
 * What code of cells calls a magic by. JShell puts cells into this package, so the name needs no import and no package, and a variable
 * or class of a cell named {@code dev} or {@code java} does not hide it.
 */
public final class $Magic$ {
    private $Magic$() {}

    /**
     * Runs a magic within a statement.
     *
     * @param line the magic without its percent sign
     * @return its value
     * @throws Exception if the magic fails
     */
    @SuppressWarnings({"TypeParameterUnusedInFormals", "unchecked"}) // as what the value is assigned to
    public static <T> @Nullable T run(String line) throws Exception {
        return (T) MagicCalls.callLine(line);
    }

    /**
     * Runs the magic that is next; JJava calls it as it calls a statement.
     *
     * @return not null
     */
    public static Object next() {
        return MagicCalls.runNext();
    }
}
