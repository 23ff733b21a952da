package dev.text2image.kernel.repl.errors;

/** Colours of an error, as terminals and JupyterLab show them in the user's theme. */
enum Ansi {
    ERROR("1;31"),
    PLACE("36"),
    ARROW("1;32"),
    QUIET("90");

    private final String code;

    Ansi(String code) {
        this.code = code;
    }

    /** The text in this colour. */
    String of(String text) {
        return "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
