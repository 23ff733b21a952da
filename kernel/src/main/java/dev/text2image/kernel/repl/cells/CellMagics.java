package dev.text2image.kernel.repl.cells;

import java.util.Collection;
import java.util.function.Supplier;
import org.dflib.jjava.jupyter.kernel.magic.MagicTranspiler;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;

/**
 * Makes the magics within statements a call, such as in {@code String home = %env HOME}. Those between statements stay: {@link
 * CellEvaluator} calls them itself.
 */
public final class CellMagics extends MagicsResolver {
    private final Supplier<? extends Collection<String>> names;

    /**
     * Makes a resolver.
     *
     * @param names the names of the line magics
     */
    public CellMagics(Supplier<? extends Collection<String>> names) {
        super("%", "%%", new MagicTranspiler());
        this.names = names;
    }

    @Override
    public String resolve(String cell) {
        if (CellStatements.isCellMagic(cell)) {
            return cell; // what it holds is resolved when the magic evaluates it
        }
        var resolved = new StringBuilder();
        int copied = 0;
        for (MagicLines.Found found : MagicLines.in(cell)) {
            // In an expression of several lines a percent sign may also divide.
            if (found.isInStatement() && names.get().contains(found.magic().name())) {
                resolved.append(cell, copied, found.start()).append(call(found.text()));
                copied = found.end();
            }
        }
        return resolved.append(cell.substring(copied)).toString();
    }

    private static String call(String line) {
        return "$Magic$.run(\"" + line.strip().replace("\\", "\\\\").replace("\"", "\\\"") + "\");";
    }
}
