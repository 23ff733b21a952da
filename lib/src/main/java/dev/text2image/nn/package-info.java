/**
 * What networks are made of: parameters and their values.
 *
 * <p>A {@link Module} declares {@link Parameter}s by their names, {@link Weights} hold the values on a device, in a {@link
 * Precision}. The layers, and how a network runs, are in {@code graph}.
 */
@NullMarked
package dev.text2image.nn;

import org.jspecify.annotations.NullMarked;
