/**
 * What cells print, sent in few messages: {@link CellReplies} gathers it, {@link TextPace} sends no more than Jupyter's server takes.
 */
@NullMarked
package dev.text2image.kernel.repl.replies;

import org.jspecify.annotations.NullMarked;
