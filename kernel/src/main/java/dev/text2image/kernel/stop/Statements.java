package dev.text2image.kernel.stop;

import dev.text2image.progress.OpenViews;

/** Follows the statements of cells, so that bars and charts draw their last state when the statement that made them ends. */
public final class Statements {
    /** Statements within statements are those that code of a cell evaluates, for example by a magic. */
    private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

    private Statements() {}

    /** A statement starts; the changed classes call it. */
    public static void starts() {
        DEPTH.set(DEPTH.get() + 1);
    }

    /** A statement has ended, in whatever way; the changed classes call it. */
    public static void ends() {
        int depth = DEPTH.get() - 1;
        DEPTH.set(Math.max(0, depth));
        if (depth <= 0) {
            OpenViews.finish();
        }
    }
}
