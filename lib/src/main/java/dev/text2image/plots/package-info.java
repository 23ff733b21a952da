/**
 * Charts and image grids, in one clean style, as values that a notebook shows and a program saves.
 *
 * <p>{@link Charts} makes XChart charts: lines, loss curves, histograms. {@link ImageGrid} puts images with captions into one
 * picture. Both draw at twice the nominal size, which {@link HiDpi} records in the image, so that text stays sharp on a dense
 * screen and in print.
 */
@NullMarked
package dev.text2image.plots;

import org.jspecify.annotations.NullMarked;
