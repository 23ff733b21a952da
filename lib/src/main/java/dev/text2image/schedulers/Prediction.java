package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;

/** Turns a model output, whatever it predicts, into the clean sample and into the noise, in the order of torch's operations. */
final class Prediction {
    private Prediction() {}

    /** Returns the clean sample that a model output implies at a timestep with this cumulative alpha. */
    static NDArray cleanSample(PredictionType type, NDArray sample, NDArray output, float alpha) {
        return switch (type) {
            case EPSILON -> sample.sub(output.mul(sqrt(1 - alpha))).div(sqrt(alpha));
            case SAMPLE -> output;
            case V_PREDICTION -> sample.mul(sqrt(alpha)).sub(output.mul(sqrt(1 - alpha)));
        };
    }

    /** Returns the noise that a model output implies at a timestep with this cumulative alpha. */
    static NDArray epsilon(PredictionType type, NDArray sample, NDArray output, float alpha) {
        return switch (type) {
            case EPSILON -> output;
            case SAMPLE -> sample.sub(output.mul(sqrt(alpha))).div(sqrt(1 - alpha));
            case V_PREDICTION -> output.mul(sqrt(alpha)).add(sample.mul(sqrt(1 - alpha)));
        };
    }

    /** Clips a clean sample if the configuration asks for it. */
    static NDArray clip(SchedulerConfig config, NDArray clean) {
        if (!config.clipSample()) {
            return clean;
        }
        float range = (float) config.clipSampleRange();
        return clean.clip(-range, range);
    }
}
