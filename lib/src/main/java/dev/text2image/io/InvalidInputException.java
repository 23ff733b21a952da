package dev.text2image.io;

/** Something the user gave cannot be used; the message says what, what was expected and what to do. */
public class InvalidInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what cannot be used, what was expected and what to do
     */
    public InvalidInputException(String message) {
        super(message);
    }

    /**
     * Creates the exception.
     *
     * @param message what cannot be used, what was expected and what to do
     * @param cause the error underneath
     */
    public InvalidInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
