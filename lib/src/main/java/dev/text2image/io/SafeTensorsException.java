package dev.text2image.io;

import java.nio.file.Path;

/** A safetensors file, or what should become one, breaks a rule of the format. */
public final class SafeTensorsException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message what is wrong and what to do about it
     */
    public SafeTensorsException(String message) {
        super(message);
    }

    /** The exception for a file that was read: its advice is always to fetch the file anew. */
    static SafeTensorsException broken(Path file, String problem) {
        return new SafeTensorsException(file + " is not a valid safetensors file: " + problem
                + ". It is damaged or incomplete: download or write it again.");
    }
}
