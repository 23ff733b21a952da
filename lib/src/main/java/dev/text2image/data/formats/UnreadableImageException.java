package dev.text2image.data.formats;

import dev.text2image.io.InvalidInputException;
import org.jspecify.annotations.Nullable;

/** An image file cannot be read. */
final class UnreadableImageException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * Creates the exception.
     *
     * @param name the file's name
     * @param reason what is wrong with it: a phrase in lower case without a full stop, in which "it" is the file
     * @param cause the failure that was met, or null
     */
    UnreadableImageException(String name, String reason, @Nullable Throwable cause) {
        super(name + " cannot be read as an image: " + reason + ". Replace the file or remove its row.");
        this.reason = reason;
        if (cause != null) {
            initCause(cause);
        }
    }

    String reason() {
        return reason;
    }
}
