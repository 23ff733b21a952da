/**
 * Errors that name the cell and its line.
 *
 * <p>{@link ErrorReports} makes the {@link Report} of what was thrown, {@link CompileErrors} that of what could not be compiled. A
 * {@link Stack} leaves out the frames of the kernel.
 */
@NullMarked
package dev.text2image.kernel.repl.errors;

import org.jspecify.annotations.NullMarked;
