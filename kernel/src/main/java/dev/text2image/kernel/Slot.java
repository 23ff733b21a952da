package dev.text2image.kernel;

import java.util.function.Supplier;
import org.dflib.jjava.jupyter.kernel.BaseNotebookStatics;
import org.jspecify.annotations.Nullable;

/** A place in a cell's output whose content is replaced, a limited number of times each second. */
final class Slot {
    private static volatile boolean available;

    private final long nanosBetweenUpdates;
    private @Nullable String id;
    private long lastShown;

    Slot(double updatesPerSecond) {
        nanosBetweenUpdates = (long) (1e9 / updatesPerSecond);
    }

    /** Tells whether there is a notebook to show things in; the extension says so, since JJava throws outside of one. */
    static boolean isAvailable() {
        return available;
    }

    static void setAvailable(boolean available) {
        Slot.available = available;
    }

    /**
     * Shows content, unless the last content is too recent.
     *
     * @param content makes the content; called only if it is shown
     * @param force true to show it however recent the last is
     */
    synchronized void show(Supplier<Object> content, boolean force) {
        long now = System.nanoTime();
        boolean recent = id != null && now - lastShown < nanosBetweenUpdates;
        if (!isAvailable() || (recent && !force)) {
            return;
        }
        lastShown = now;
        // A message sent while the flag is set could close the kernel's channel.
        boolean interrupted = Thread.interrupted();
        try {
            display(content.get());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void display(Object content) {
        if (id == null) {
            id = BaseNotebookStatics.display(content);
        } else {
            BaseNotebookStatics.updateDisplay(id, content);
        }
    }
}
