/**
 * The kernel itself: JJava's with errors, completion and documentation of its own.
 *
 * <p>{@link dev.text2image.kernel.repl.Main} starts a {@link dev.text2image.kernel.repl.NotebookKernel}. {@link
 * dev.text2image.kernel.repl.Cells} remembers which cell each of JShell's snippets came from, so that {@link
 * dev.text2image.kernel.repl.ErrorReports} can name cells and lines.
 */
@NullMarked
package dev.text2image.kernel.repl;

import org.jspecify.annotations.NullMarked;
