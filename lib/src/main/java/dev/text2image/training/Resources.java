package dev.text2image.training;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened one after the other; it is closed in reverse order, all of it even if something fails. */
final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Closes what is open after a failure; what fails on the way is added to it. */
    void closeAfter(RuntimeException failure) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        RuntimeException failure = new IllegalStateException("A part of the run could not be closed.");
        closeAfter(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
