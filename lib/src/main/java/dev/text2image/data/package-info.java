/**
 * Captioned images on the disk and on the hub.
 *
 * <p>{@link CaptionedDataset#open} finds out what a path holds, an {@link ImageFolder} or a {@link ParquetDataset}; its views take
 * samples, choose rows and word captions in another way. An {@link ImageCheck} finds broken images before long work starts, {@link
 * DatasetReport} shows a data set as a table, and {@link ImageFolderWriter} writes one.
 *
 * <p>What becomes of the images is in {@code formats}, which decodes files, {@code images}, which holds pixels, and {@code loading},
 * which makes batches. Nothing draws random numbers of its own: what happens to a row depends on the seed, the epoch and the row
 * only, see {@link RowRandom}.
 */
@NullMarked
package dev.text2image.data;

import org.jspecify.annotations.NullMarked;
