package dev.text2image.kernel.repl;

import java.util.ArrayList;
import java.util.List;

/** What a cell is told beside its results, one line each. */
final class Notes {
    private final List<String> lines = new ArrayList<>();

    synchronized void add(String line) {
        lines.add(line);
    }

    /** The notes since the last call. */
    synchronized List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }
}
