package dev.text2image.kernel.repl.completion;

/**
 * One way to complete a piece of code.
 *
 * @param text what replaces the piece
 * @param kind what it is
 * @param signature its type, or the overloads of a method, one a line; empty if not known
 */
public record Completion(String text, Kind kind, String signature) {
    /** What is completed, in JupyterLab's words; the order is that of the list. */
    public enum Kind {
        VARIABLE,
        FIELD,
        METHOD,
        KEYWORD,
        CLASS,
        MODULE,
        MAGIC;

        /**
         * Returns JupyterLab's word.
         *
         * @return the word
         */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
