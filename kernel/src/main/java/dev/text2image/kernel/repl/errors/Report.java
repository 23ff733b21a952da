package dev.text2image.kernel.repl.errors;

import java.util.List;

/**
 * An error as Jupyter shows it.
 *
 * @param name the exception's class, without its package
 * @param value its message
 * @param lines the text that a notebook shows, with colours
 */
public record Report(String name, String value, List<String> lines) {}
