/**
 * How values look in a notebook: as HTML or a picture, and as plain text that can be read.
 *
 * <p>{@link Renderers} says which view a type has. A view makes {@link Html}, mostly of a {@link Sheet}, a table of short texts;
 * {@link Abridged} shortens what is long.
 */
@NullMarked
package dev.text2image.kernel.views;

import org.jspecify.annotations.NullMarked;
