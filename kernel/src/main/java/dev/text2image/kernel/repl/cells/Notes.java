package dev.text2image.kernel.repl.cells;

import java.util.ArrayList;
import java.util.List;

/** What a cell is told beside its results, one line each. */
public final class Notes {
    private final List<String> lines = new ArrayList<>();

    synchronized void add(String line) {
        lines.add(line);
    }

    /**
     * The notes since the last call.
     *
     * @return the lines
     */
    public synchronized List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }
}
