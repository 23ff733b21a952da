package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import dev.text2image.io.InvalidInputException;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How examples are made from latents and noise, and how the UNet's answer is judged.
 *
 * @param loss target and weighting
 * @param dream how the UNet's own error moves the examples, or null if it does not
 */
public record Objective(DiffusionLoss loss, @Nullable Dream dream) {
    /** Checks that the parts go together. */
    public Objective {
        if (dream != null && loss.prediction() != PredictionType.EPSILON) {
            throw new InvalidInputException("dream_training is on and prediction_type is "
                    + loss.prediction().jsonName()
                    + ", but DREAM is defined for epsilon only; switch one of them off.");
        }
    }

    /**
     * Makes the examples of a micro-batch.
     *
     * @param latents clean, scaled latents (b, c, h, w)
     * @param noise the noise
     * @param predict the UNet without gradients, from noisy latents to its prediction; only DREAM asks it
     * @param timesteps one timestep for each sample
     * @return the examples
     */
    public NoisyExample example(NDArray latents, Noise noise, UnaryOperator<NDArray> predict, int... timesteps) {
        NoiseSchedule schedule = loss.schedule();
        NoisyExample example = new NoisyExample(
                schedule.addNoise(latents, noise.added(), timesteps), loss.target(latents, noise.target(), timesteps));
        if (dream == null) {
            return example;
        }
        NDArray predicted = predict.apply(example.noisyLatents());
        return dream.rectify(example, noise.target(), predicted, schedule, timesteps);
    }
}
