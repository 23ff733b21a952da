package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import dev.text2image.training.objectives.Noise;
import java.util.Arrays;

/**
 * All inputs of one pass through the models, random ones included.
 *
 * @param images pixels (b, 3, r, r) in [-1, 1]; with cached latents what the autoencoder gave for them (b, 2·c, h, w)
 * @param text token ids of the captions (b, n), int64; with cached embeddings hidden states (b, n, d)
 * @param posteriorNoise standard normal numbers for the draw from the autoencoder (b, c, h, w)
 * @param noise the noise that is added to the latents
 * @param importance how much the loss of each image counts, 1 as a rule
 * @param timesteps one timestep for each image
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to the noise schedule, never compared
record MicroBatch(
        NDArray images, NDArray text, NDArray posteriorNoise, Noise noise, float[] importance, int... timesteps) {
    /** Makes a micro-batch whose images count the same. */
    MicroBatch(NDArray images, NDArray text, NDArray posteriorNoise, Noise noise, int... timesteps) {
        this(images, text, posteriorNoise, noise, evenly(timesteps.length), timesteps);
    }

    private static float[] evenly(int images) {
        float[] importance = new float[images];
        Arrays.fill(importance, 1);
        return importance;
    }
}
