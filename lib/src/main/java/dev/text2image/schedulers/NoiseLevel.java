package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;

/**
 * How much image and how much noise a sample holds: {@code signal * image + noise * random}, and the timestep by which the model
 * knows it.
 *
 * <p>Samplers that walk along alphas keep the variance (signal² + noise² = 1); those that walk along sigmas keep the image (signal
 * = 1), so that their samples have to be scaled for the model.
 *
 * @param timestep what the model is told, from 0 to the number of timesteps in training - 1; may be fractional; -1 for an end that
 *     the model is not asked about
 * @param signal the factor of the image
 * @param noise the factor of the standard normal noise
 * @param scale what a sample is divided by before the model sees it
 */
public record NoiseLevel(float timestep, float signal, float noise, float scale) {
    /** The level of a sampler that keeps the variance, by the image's share of it. */
    static NoiseLevel ofAlpha(float timestep, float alphaCumprod) {
        return new NoiseLevel(timestep, sqrt(alphaCumprod), sqrt(1 - alphaCumprod), 1);
    }

    /** The level of a sampler that keeps the image, by the ratio of noise to image. */
    static NoiseLevel ofSigma(float timestep, float sigma) {
        return new NoiseLevel(timestep, 1, sigma, sqrt(sigma * sigma + 1));
    }

    /**
     * Adds noise to clean samples, in float32: a run can go on from the result at this level.
     *
     * @param samples clean samples, of any shape, usually (b, c, h, w)
     * @param random standard normal noise of the same shape
     * @return the noisy samples, in the shape and type of {@code samples} and attached to their manager
     */
    public NDArray addNoise(NDArray samples, NDArray random) {
        return mix(samples, signal, random, noise);
    }

    /**
     * Computes what a v-prediction model has to predict at this level, in float32 (arXiv 2202.00512, appendix D).
     *
     * @param samples clean samples, of any shape, usually (b, c, h, w)
     * @param random the noise added to them, of the same shape
     * @return the velocities, in the shape and type of {@code samples} and attached to their manager
     */
    public NDArray velocity(NDArray samples, NDArray random) {
        return mix(samples, -noise / scale, random, signal / scale);
    }

    private static NDArray mix(NDArray samples, float signal, NDArray random, float noise) {
        try (Scratch scratch = new Scratch(samples)) {
            NDArray clean = scratch.float32(samples).mul(signal);
            return scratch.release(clean.add(scratch.float32(random).mul(noise)));
        }
    }

    /** Returns the clean sample that a model output implies for a sample of this level, in the order of torch's operations. */
    NDArray cleanSample(PredictionType type, NDArray sample, NDArray output) {
        return switch (type) {
            case EPSILON -> sample.sub(output.mul(noise)).div(signal);
            case SAMPLE -> output;
            case V_PREDICTION -> sample.mul(signal / (scale * scale)).sub(output.mul(noise / scale));
        };
    }

    /** Returns the noise that a model output implies for a sample of this level. */
    NDArray epsilon(PredictionType type, NDArray sample, NDArray output) {
        return switch (type) {
            case EPSILON -> output;
            case SAMPLE -> sample.sub(output.mul(signal)).div(noise);
            case V_PREDICTION -> output.mul(signal / scale).add(sample.mul(noise / (scale * scale)));
        };
    }
}
