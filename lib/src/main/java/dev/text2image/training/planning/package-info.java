/**
 * What a run is going to take, and whether it can start: a {@link dev.text2image.training.planning.TrainingEstimate} checks everything that can be checked
 * without weights and estimates memory and disk, a {@link dev.text2image.training.planning.TrainingPlan} divides the run into epochs, steps and
 * micro-batches.
 */
@NullMarked
package dev.text2image.training.planning;

import org.jspecify.annotations.NullMarked;
