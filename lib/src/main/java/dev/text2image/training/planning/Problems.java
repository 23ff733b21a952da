package dev.text2image.training.planning;

import dev.text2image.io.InvalidInputException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that keeps a run from starting, to be reported at once: one sentence, or a line for each. */
final class Problems {
    private final List<String> messages = new ArrayList<>();

    void add(String message) {
        messages.add(message);
    }

    void require(boolean holds, String message) {
        if (!holds) {
            messages.add(message);
        }
    }

    /** Does something that may be refused; null if it was. */
    <T> @Nullable T find(Supplier<T> action) {
        try {
            return action.get();
        } catch (InvalidInputException | IllegalArgumentException | UncheckedIOException e) {
            messages.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Does something that may be refused. */
    void check(Runnable action) {
        isRefused(action);
    }

    /** Does something that may be refused, and tells whether it was. */
    boolean isRefused(Runnable action) {
        return find(() -> {
                    action.run();
                    return true;
                })
                == null;
    }

    void finish() {
        if (messages.size() == 1) {
            throw new InvalidInputException(messages.get(0));
        }
        if (!messages.isEmpty()) {
            throw new InvalidInputException("The run cannot start:\n- " + String.join("\n- ", messages));
        }
    }
}
