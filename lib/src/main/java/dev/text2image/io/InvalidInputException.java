package dev.text2image.io;

/**
 * Something the user supplied cannot be used: a file, a directory, a setting.
 *
 * <p>The message is meant for the user as it stands: it names the thing, what was found, what was expected and what to do. The
 * command line prints it without a stack trace.
 */
public class InvalidInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what is wrong and what to do about it
     */
    public InvalidInputException(String message) {
        super(message);
    }

    /**
     * Creates the exception with the failure that led to it.
     *
     * @param message what is wrong and what to do about it
     * @param cause the failure that was met
     */
    public InvalidInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
