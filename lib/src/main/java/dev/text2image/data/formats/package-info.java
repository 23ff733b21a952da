/**
 * Image files: what they are, whether they are whole, and their pixels.
 *
 * <p>An {@link EncodedImage} is a file of which only what is asked for is read, an {@link ImageReader} decodes the bytes of one, as
 * Pillow does. {@link PngText} reads and writes the texts in a PNG file. The other classes know one format each, or what a damaged or
 * foreign file looks like.
 */
@NullMarked
package dev.text2image.data.formats;

import org.jspecify.annotations.NullMarked;
