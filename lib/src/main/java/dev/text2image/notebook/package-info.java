/**
 * What a notebook's cells have at hand without an import: {@link Notebook}.
 *
 * <p>Nothing here needs a notebook; a program may import it statically and gets text where a notebook shows bars and charts.
 */
@NullMarked
package dev.text2image.notebook;

import org.jspecify.annotations.NullMarked;
