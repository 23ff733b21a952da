/**
 * Charts and image grids, in one clean style, as values that a notebook shows and a program saves.
 *
 * <p>{@link Charts} makes XChart charts: lines, loss curves, histograms; a {@link LiveChart} grows while code runs. {@link
 * ImageGrid} puts images with captions into one picture, {@link Comparison} a row of them for each name. All draw at twice the
 * nominal size, which {@link HiDpi} records in the image, so that text stays sharp on a dense screen and in print.
 */
@NullMarked
package dev.text2image.plots;

import org.jspecify.annotations.NullMarked;
