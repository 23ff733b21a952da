package dev.text2image.training;

import ai.djl.ndarray.NDArray;

/**
 * All inputs of one pass through the models, random ones included.
 *
 * @param pixelValues images (b, 3, r, r) in [-1, 1]
 * @param inputIds token ids of the captions (b, n), int64
 * @param posteriorNoise standard normal numbers for the draw from the autoencoder (b, c, h, w)
 * @param noise the noise that is added to the latents
 * @param timesteps one timestep for each image
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to the noise schedule, never compared
record MicroBatch(NDArray pixelValues, NDArray inputIds, NDArray posteriorNoise, Noise noise, int... timesteps) {}
