package dev.text2image.kernel.repl.cells;

import dev.text2image.kernel.repl.cells.Source.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import jdk.jshell.Snippet;
import org.jspecify.annotations.Nullable;

/** Knows where each snippet of JShell was written. */
public final class Cells {
    private final Map<Snippet, Origin> origins = new WeakHashMap<>();
    private final List<Snippet> ofThisCell = new ArrayList<>();
    private @Nullable Source cell;
    private @Nullable Statement running;
    private @Nullable Statement incomplete;
    private boolean started;

    /** Where the code of a snippet starts in its source. */
    private record Origin(Source source, int offset) {}

    /** A part of a source that is evaluated by itself, from its offset. */
    public record Statement(Source source, int offset) {
        /**
         * Says where it starts.
         *
         * @return the place of its first character that is not blank
         */
        public Place place() {
            return source.placeOfNext(offset);
        }
    }

    /**
     * Notes that a cell starts.
     *
     * @param count its number
     * @param text what the user wrote
     */
    public synchronized void start(int count, String text) {
        cell = Source.of("Cell In[" + count + "]", text);
        started = false;
        running = null;
        incomplete = null;
        ofThisCell.clear();
    }

    /** The source that JShell is about to get: the cell, the body of a cell magic, or code that the cell or a magic made. */
    synchronized Source source(String code) {
        if (cell == null) {
            return Source.of("startup code", code);
        }
        if (!started) {
            started = true;
            return new Source(cell.name(), code, cell.lines(), 1);
        }
        String text = cell.code();
        if (text.endsWith("\n" + code)) {
            int before = (int) text.substring(0, text.length() - code.length())
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            return new Source(cell.name(), code, cell.lines(), before + 1);
        }
        return Source.of("code that " + cell.name() + " evaluates", code);
    }

    /** Says what is evaluated now; null when that has ended well. */
    synchronized void setRunning(@Nullable Statement statement) {
        running = statement;
    }

    /**
     * What is evaluated now, or was when it failed.
     *
     * @return the statement
     */
    public synchronized @Nullable Statement running() {
        return running;
    }

    /** Says which statement does not end in its source. */
    synchronized void setIncomplete(Statement statement) {
        incomplete = statement;
    }

    /**
     * The statement that does not end in its source; null if there was none.
     *
     * @return the statement
     */
    public synchronized @Nullable Statement incomplete() {
        return incomplete;
    }

    /**
     * Notes that JShell has made a snippet of the statement that is evaluated now.
     *
     * @param snippet the snippet
     */
    public synchronized void add(Snippet snippet) {
        if (running != null && !origins.containsKey(snippet)) {
            // Of some snippets JShell leaves the blanks before them out.
            int start = running.source().code().indexOf(snippet.source(), running.offset());
            origins.put(snippet, new Origin(running.source(), Math.max(start, running.offset())));
            ofThisCell.add(snippet);
        }
    }

    /**
     * The snippets that this cell has made until now.
     *
     * @return the snippets, in order
     */
    public synchronized List<Snippet> ofThisCell() {
        return List.copyOf(ofThisCell);
    }

    /** What errors call the source that made a snippet. */
    synchronized String nameOf(Snippet snippet) {
        Origin origin = origins.get(snippet);
        return origin == null ? "code" : origin.source().name();
    }

    /** What errors call the running cell. */
    synchronized String current() {
        return cell == null ? "startup code" : cell.name();
    }

    /**
     * Finds where a character of a snippet's source was written.
     *
     * @param snippet the snippet
     * @param offset of the character
     * @return the place; null if the snippet is not from a cell
     */
    public synchronized @Nullable Statement find(Snippet snippet, int offset) {
        Origin origin = origins.get(snippet);
        return origin == null ? null : new Statement(origin.source(), origin.offset() + offset);
    }
}
