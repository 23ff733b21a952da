/**
 * From a data set to the batches that training reads.
 *
 * <p>{@link ImageTransforms} resizes, crops and flips an image, a {@link RowOrder} says which rows an epoch has, and a {@link
 * DataLoader} makes {@link Batch}es.
 */
@NullMarked
package dev.text2image.data.loading;

import org.jspecify.annotations.NullMarked;
