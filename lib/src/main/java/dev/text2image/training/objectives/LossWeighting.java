package dev.text2image.training.objectives;

import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import java.util.Arrays;

/** How much the loss of a sample counts, by its timestep. */
public sealed interface LossWeighting {
    /**
     * Returns the weights of samples.
     *
     * @param schedule the noise schedule
     * @param prediction what the model predicts
     * @param timesteps the samples' timesteps
     * @return one finite weight of at least 0 for each
     */
    float[] weights(NoiseSchedule schedule, PredictionType prediction, int... timesteps);

    /** Every timestep counts the same. */
    record Uniform() implements LossWeighting {
        @Override
        public float[] weights(NoiseSchedule schedule, PredictionType prediction, int... timesteps) {
            float[] weights = new float[timesteps.length];
            Arrays.fill(weights, 1);
            return weights;
        }
    }

    /**
     * Timesteps with little noise count less, so that none dominates the gradient (Hang et al., 2023, section 3.4).
     *
     * <p>min(SNR, γ)/SNR for noise prediction and min(SNR, γ)/(SNR + 1) for velocity prediction. Where SNR is 0, as at the end of a
     * zero-terminal schedule, the first is taken as its limit 1.
     *
     * @param gamma the largest signal-to-noise ratio that counts, above 0; 5 in the paper
     */
    record MinSnr(double gamma) implements LossWeighting {
        @Override
        public float[] weights(NoiseSchedule schedule, PredictionType prediction, int... timesteps) {
            float[] weights = new float[timesteps.length];
            for (int i = 0; i < timesteps.length; i++) {
                weights[i] = weight(schedule.snr(timesteps[i]), prediction);
            }
            return weights;
        }

        /** The weight at a signal-to-noise ratio from 0 to infinity. */
        float weight(float snr, PredictionType prediction) {
            float smaller = Math.min(snr, (float) gamma);
            return switch (prediction) {
                case EPSILON -> snr <= gamma ? 1 : smaller / snr;
                case V_PREDICTION -> smaller / (snr + 1);
                case SAMPLE -> smaller;
            };
        }
    }
}
