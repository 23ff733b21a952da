/**
 * Captioned images: from files to the batches that training reads.
 *
 * <p>{@link CaptionedDataset#open} finds out what a path holds, an {@link ImageFolder} or a {@link ParquetDataset}. An
 * {@link ImageReader} turns the bytes of an image file into an {@link RgbImage}, {@link ImageTransforms} resizes, crops and flips
 * it, and a {@link DataLoader} makes {@link Batch}es. An {@link ImageCheck} finds broken images before long work starts, and
 * {@link DatasetReport} shows a data set as a table.
 *
 * <p>Nothing here draws random numbers of its own: what happens to a row depends on the seed, the epoch and the row only.
 */
@NullMarked
package dev.text2image.data;

import org.jspecify.annotations.NullMarked;
