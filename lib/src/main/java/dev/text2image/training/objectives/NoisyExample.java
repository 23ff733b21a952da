package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;

/**
 * What the UNet sees and what it should make of it.
 *
 * @param noisyLatents latents with noise (b, c, h, w)
 * @param target what the UNet should predict (b, c, h, w)
 */
public record NoisyExample(NDArray noisyLatents, NDArray target) {}
