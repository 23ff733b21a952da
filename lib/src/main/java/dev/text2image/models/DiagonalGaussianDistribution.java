package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.text2image.torch.Scalars;

/**
 * What the autoencoder knows about an image's latents: a normal distribution for each number (diffusers, vae.py).
 *
 * @param mean (b, c, h, w)
 * @param logvar logarithm of the variance, clamped to [-30, 20] (b, c, h, w)
 */
public record DiagonalGaussianDistribution(NDArray mean, NDArray logvar) {
    /**
     * Splits the encoder's output.
     *
     * @param moments mean and log variance joined (b, 2·c, h, w)
     * @return the distribution
     */
    public static DiagonalGaussianDistribution of(NDArray moments) {
        NDList halves = moments.split(2, 1);
        try (NDArray unclamped = halves.get(1)) {
            return new DiagonalGaussianDistribution(halves.get(0), Scalars.clamp(unclamped, -30, 20));
        }
    }

    /**
     * Draws latents.
     *
     * @param noise standard normal numbers (b, c, h, w)
     * @return mean + standard deviation · noise
     */
    public NDArray sample(NDArray noise) {
        try (NDArray half = Scalars.mul(logvar, 0.5);
                NDArray deviation = half.exp();
                NDArray scaled = deviation.mul(noise)) {
            return mean.add(scaled);
        }
    }
}
