/**
 * How good a text-to-image model is, in numbers: whether its pictures show what was asked for, whether they are more than copies,
 * and which of two styles they have.
 *
 * <p>{@link FineTuningEvaluation} holds a fine-tuned model beside its base model: captions trained on, others, and those of the base.
 * {@link ModelEvaluation} draws pictures for captions of a data set and makes an {@link EvaluationReport}. Its parts can be used
 * alone: {@link LatentSpace} encodes and gives back pictures, {@link Neighbours} finds the nearest ones, {@link StyleClassifier} tells
 * two styles apart.
 *
 * <p>Everywhere a picture is a row of floats, (3, resolution, resolution) in row-major order, in [-1, 1]; distances of pictures are
 * root mean squares on the scale from 0 to 255.
 */
@NullMarked
package dev.text2image.evaluation;

import org.jspecify.annotations.NullMarked;
