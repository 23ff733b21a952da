package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;
import dev.text2image.torch.Scalars;

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
    /**
     * Makes the level of a sampler that keeps the variance and walks along alphas.
     *
     * @param timestep what the model is told, or -1
     * @param alphaCumprod the image's share of the variance, in [0, 1]
     * @return the level
     */
    public static NoiseLevel ofAlpha(float timestep, float alphaCumprod) {
        return new NoiseLevel(timestep, sqrt(alphaCumprod), sqrt(1 - alphaCumprod), 1);
    }

    /**
     * Makes the level of a sampler that keeps the image.
     *
     * @param timestep what the model is told, or -1
     * @param sigma the ratio of noise to image, at least 0
     * @return the level
     */
    public static NoiseLevel ofSigma(float timestep, float sigma) {
        return new NoiseLevel(timestep, 1, sigma, sqrt(sigma * sigma + 1));
    }

    /**
     * Makes the level of a sampler that keeps the variance and walks along sigmas.
     *
     * @param timestep what the model is told, or -1
     * @param sigma the ratio of noise to image, at least 0
     * @return the level
     */
    public static NoiseLevel ofRatio(float timestep, float sigma) {
        float signal = 1 / sqrt(sigma * sigma + 1);
        return new NoiseLevel(timestep, signal, sigma * signal, 1);
    }

    /**
     * Returns half the logarithm of the signal-to-noise ratio, the time of DPM-Solver (arXiv 2206.00927, section 2.2).
     *
     * @return the logarithm of signal / noise; infinite where there is no noise
     */
    public double lambda() {
        return Math.log((double) signal / noise);
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
            NDArray clean = Scalars.mul(scratch.float32(samples), signal);
            return scratch.release(clean.add(Scalars.mul(scratch.float32(random), noise)));
        }
    }

    /** Returns the clean sample that a model output implies for a sample of this level, in the order of torch's operations. */
    NDArray cleanSample(PredictionType type, NDArray sample, NDArray output) {
        return switch (type) {
            case EPSILON -> {
                NDArray scaled = sample.sub(Scalars.mul(output, noise));
                yield signal == 1 ? scaled : Scalars.div(scaled, signal);
            }
            case SAMPLE -> output;
            case V_PREDICTION -> Scalars.mul(sample, signal / (scale * scale)).sub(Scalars.mul(output, noise / scale));
        };
    }

    /**
     * Returns the noise that a model output implies for a sample of this level.
     *
     * @param type what the model predicts
     * @param sample the sample, float32
     * @param output the model output, of the same shape and type
     * @return the noise, attached to the manager of an operand; the output itself if the model predicts noise
     */
    public NDArray epsilon(PredictionType type, NDArray sample, NDArray output) {
        return switch (type) {
            case EPSILON -> output;
            case SAMPLE -> Scalars.div(sample.sub(Scalars.mul(output, signal)), noise);
            case V_PREDICTION -> Scalars.mul(output, signal / scale).add(Scalars.mul(sample, noise / (scale * scale)));
        };
    }
}
