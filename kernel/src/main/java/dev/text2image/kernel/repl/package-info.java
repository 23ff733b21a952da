/**
 * The kernel itself: JJava's with errors, completion and documentation of its own.
 *
 * <p>{@link Main} starts a {@link NotebookKernel}. What cells are made of is in {@code cells}, what is said of their failures in
 * {@code errors}, how their text is sent in {@code replies}, and Tab and Shift+Tab in {@code completion}.
 */
@NullMarked
package dev.text2image.kernel.repl;

import org.jspecify.annotations.NullMarked;
