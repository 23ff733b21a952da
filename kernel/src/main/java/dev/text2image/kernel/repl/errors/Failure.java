package dev.text2image.kernel.repl.errors;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import jdk.jshell.EvalException;
import org.jspecify.annotations.Nullable;

/**
 * An exception as it was thrown, whatever JShell and JJava have wrapped it into.
 *
 * @param type the class's full name
 * @param message the exception's message
 * @param frames the stack, innermost first
 * @param thrown the exception
 */
record Failure(String type, @Nullable String message, List<StackTraceElement> frames, Throwable thrown) {
    static Failure of(Throwable thrown, List<Throwable> ofCells) {
        Throwable inner = unwrap(thrown, ofCells);
        String type = inner instanceof EvalException e
                ? e.getExceptionClassName()
                : inner.getClass().getName();
        String message = inner.getMessage();
        return new Failure(
                type.replace("org.dflib.jjava.shaded.", ""),
                message == null ? null : SnippetClasses.removeFrom(message),
                List.of(inner.getStackTrace()),
                inner);
    }

    /**
     * Looks below the wrappers of JShell, JJava and its magics; JShell's copy of an exception gives way to the exception itself, if
     * that is known.
     */
    static Throwable unwrap(Throwable thrown, List<Throwable> ofCells) {
        Throwable cause = thrown.getCause();
        boolean isWrapper = thrown instanceof InvocationTargetException
                || (thrown.getClass() == RuntimeException.class
                        && (cause instanceof EvalException || isFromMagic(thrown)));
        if (isWrapper && cause != null) {
            return unwrap(cause, ofCells);
        }
        if (thrown instanceof EvalException copy) {
            for (Throwable original : ofCells) {
                if (original.getClass().getName().equals(copy.getExceptionClassName())
                        && String.valueOf(original.getMessage()).equals(copy.getMessage())) {
                    return unwrap(original, ofCells);
                }
            }
        }
        return thrown;
    }

    private static boolean isFromMagic(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        return frames.length > 0
                && frames[0].getClassName().endsWith(".BaseNotebookStatics")
                && frames[0].getMethodName().endsWith("Magic");
    }

    /** The class's name without its package. */
    String simpleType() {
        String name = SnippetClasses.userName(type);
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }

    /** The class's name as a report shows it: in full, but for the user's classes and those of java.lang, this library and JJava. */
    String shownType() {
        boolean isKnown = !SnippetClasses.userName(type).equals(type)
                || type.matches("(?:java\\.lang|dev\\.text2image|org\\.dflib)\\..*");
        return isKnown ? simpleType() : type;
    }

    @Nullable
    Failure cause(List<Throwable> ofCells) {
        Throwable cause = thrown.getCause();
        return cause == null ? null : of(cause, ofCells);
    }
}
