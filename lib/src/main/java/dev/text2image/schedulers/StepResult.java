package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;

/**
 * What one step of a {@link Scheduler} gives.
 *
 * @param prevSample the sample with less noise, in the shape and type of the sample that went in and attached to its manager
 * @param nextState the state for the next step
 */
public record StepResult(NDArray prevSample, SamplingState nextState) {}
