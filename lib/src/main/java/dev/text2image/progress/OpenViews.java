package dev.text2image.progress;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What shows the state of code that is still running, by thread.
 *
 * <p>Java does not tell an iterator that its loop was left by {@code break} or by an exception. So the notebook kernel calls {@link
 * #finish} at the end of each statement of a cell, and whatever still shows "running" then draws its last state.
 */
public final class OpenViews {
    private static final ThreadLocal<Set<Runnable>> OPEN = ThreadLocal.withInitial(LinkedHashSet::new);

    private OpenViews() {}

    /**
     * Remembers a view of the calling thread.
     *
     * @param last draws its last state; adding the same object again has no effect
     */
    public static void add(Runnable last) {
        OPEN.get().add(last);
    }

    /**
     * Forgets a view that has drawn its last state itself.
     *
     * @param last what was given to {@link #add}
     */
    public static void remove(Runnable last) {
        OPEN.get().remove(last);
    }

    /** Draws the last state of all views of the calling thread, the newest first, and forgets them. */
    public static void finish() {
        Set<Runnable> open = OPEN.get();
        List<Runnable> views = new ArrayList<>(open);
        open.clear();
        for (int i = views.size() - 1; i >= 0; i--) {
            views.get(i).run();
        }
    }
}
