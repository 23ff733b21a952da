/**
 * Cells as JShell gets them: statements, magics, and what they do to each other.
 *
 * <p>{@link CellEvaluator} runs the statements and magics of a cell. {@link Cells} remembers which cell each of JShell's snippets came
 * from, so that errors can name cells and lines; {@link NameClashes} and {@link LostVariables} follow what a cell takes from others.
 */
@NullMarked
package dev.text2image.kernel.repl.cells;

import org.jspecify.annotations.NullMarked;
