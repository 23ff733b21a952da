package dev.text2image.kernel.repl.replies;

/**
 * Holds back a cell that prints more than anybody takes: some megabytes at once, then some each second. So the messages that wait
 * for a reader do not fill the memory, and the server of the project's JupyterLab, whose limit is higher, drops none of them.
 */
final class TextPace {
    private static final long BYTES_AT_ONCE = 16_000_000;
    private static final double BYTES_PER_NANO = 8e6 / 1e9;

    private double left = BYTES_AT_ONCE;
    private long since = System.nanoTime();

    /** The length of a text in a message, in bytes: in JSON, with the escapes that JJava writes. */
    static long bytes(String text) {
        return text.chars().mapToLong(TextPace::bytes).sum();
    }

    private static int bytes(int character) {
        if (character < ' ' || "<>&='".indexOf(character) >= 0) {
            return 6;
        }
        if (character == '"' || character == '\\') {
            return 2;
        }
        return character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
    }

    /** Takes note of text that is about to be sent; returns for how long its writer has to wait. */
    synchronized long millisToWait(long bytes) {
        long now = System.nanoTime();
        left = Math.min(BYTES_AT_ONCE, left + (now - since) * BYTES_PER_NANO) - bytes;
        since = now;
        return left >= 0 ? 0 : (long) (-left / BYTES_PER_NANO / 1e6);
    }
}
