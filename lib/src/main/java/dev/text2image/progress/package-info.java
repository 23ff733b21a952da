/**
 * Progress reports and cancellation of long loops.
 *
 * <p>Every long loop of the library opens a {@link Progress} and calls {@link Progress#step} once for each step. Who shows it is
 * decided outside: the console, a notebook, or nobody. The same call ends the loop when its thread was interrupted, which is
 * how the Stop button of a notebook reaches it.
 */
@NullMarked
package dev.text2image.progress;

import org.jspecify.annotations.NullMarked;
