/**
 * Fine-tuning, and the rooms of its parts. Data go this way: a {@link dev.text2image.training.config.TrainingConfig} is checked by
 * {@link dev.text2image.training.planning}; {@code TrainingData} draws a micro-batch of images and captions, or what
 * {@link dev.text2image.training.caching} kept of them; {@code TrainingStep} makes noisy examples of it by
 * {@link dev.text2image.training.objectives} and runs the model forward and back, on several devices by
 * {@link dev.text2image.training.parallel}; {@code TrainingState} applies the gradients by
 * {@link dev.text2image.training.optim}; {@link dev.text2image.training.records} writes down what happened.
 *
 * <p>{@link dev.text2image.training.Trainer} does all of it; the parts can be used one by one, as the notebooks do.
 */
@NullMarked
package dev.text2image.training;

import org.jspecify.annotations.NullMarked;
