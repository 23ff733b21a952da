/**
 * What changes weights by their gradients: {@link dev.text2image.training.optim.AdamW}, {@link dev.text2image.training.optim.LearningRateSchedule}, the moving average
 * {@link dev.text2image.training.optim.EMAModel}, the loss scale {@link dev.text2image.training.optim.GradScaler}. {@code Gradients} measures and clips, {@link dev.text2image.training.optim.NonFinite}
 * finds where numbers went wrong.
 */
@NullMarked
package dev.text2image.training.optim;

import org.jspecify.annotations.NullMarked;
