/**
 * Tab and Shift+Tab: {@link Completer} knows what may come next, {@link Inspector} what is documented of a name.
 */
@NullMarked
package dev.text2image.kernel.repl.completion;

import org.jspecify.annotations.NullMarked;
