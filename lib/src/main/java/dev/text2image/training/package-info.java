/**
 * Fine-tuning of the UNet, part by part and as a whole.
 *
 * <p>{@link dev.text2image.training.Trainer} runs a {@link dev.text2image.training.TrainingConfig}, which
 * {@link dev.text2image.training.TrainingEstimate} checks and estimates before anything large is loaded. Its parts can be used one by
 * one, as the notebooks do: {@link dev.text2image.training.LossWeighting} and {@link dev.text2image.training.DiffusionLoss}, the
 * optimizer {@link dev.text2image.training.AdamW}, {@link dev.text2image.training.LearningRateSchedule},
 * {@link dev.text2image.training.EMAModel}, {@link dev.text2image.training.TrainingHistory}.
 */
@NullMarked
package dev.text2image.training;

import org.jspecify.annotations.NullMarked;
