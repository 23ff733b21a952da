/**
 * What a model is trained towards: an {@link dev.text2image.training.objectives.Objective} makes noisy examples and judges the answers by a
 * {@link dev.text2image.training.objectives.DiffusionLoss}, in which a {@link dev.text2image.training.objectives.LossWeighting}, such as Min-SNR, says how much each timestep counts.
 */
@NullMarked
package dev.text2image.training.objectives;

import org.jspecify.annotations.NullMarked;
