/**
 * Pixels in memory.
 *
 * <p>{@link Images} turns an {@link RgbImage} into a tensor, Java's image or a PNG file and back, and resizes it as Pillow does.
 */
@NullMarked
package dev.text2image.data.images;

import org.jspecify.annotations.NullMarked;
