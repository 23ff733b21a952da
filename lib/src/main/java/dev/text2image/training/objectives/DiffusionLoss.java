package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.torch.Scalars;
import dev.text2image.torch.TorchScript;

/**
 * What the UNet is trained towards: the noise in noisy latents, or their velocity (Ho et al., 2020; Salimans and Ho, 2022).
 *
 * @param schedule how much noise each timestep has
 * @param prediction what the UNet predicts
 * @param weighting how much each timestep counts
 */
public record DiffusionLoss(NoiseSchedule schedule, PredictionType prediction, LossWeighting weighting) {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def per_sample(self, predicted: Tensor, target: Tensor, weights: Tensor) -> List[Tensor]:
              squares = torch.square(torch.sub(predicted, target))
              return [torch.mul(torch.mean(torch.flatten(squares, 1), [1]), weights)]
            """);

    /**
     * Returns what the UNet should predict.
     *
     * @param latents clean, scaled latents (b, c, h, w)
     * @param noise the noise added to them, of the same shape
     * @param timesteps one timestep for each sample
     * @return the target, of the same shape
     */
    public NDArray target(NDArray latents, NDArray noise, int... timesteps) {
        return switch (prediction) {
            case EPSILON -> noise;
            case V_PREDICTION -> schedule.velocity(latents, noise, timesteps);
            case SAMPLE -> latents;
        };
    }

    /**
     * Computes the weighted mean squared error, in float32.
     *
     * @param predicted the UNet's output (b, c, h, w)
     * @param target what it should be
     * @param timesteps one timestep for each sample
     * @return a scalar: the mean over the samples of weight times mean squared error
     */
    public NDArray of(NDArray predicted, NDArray target, int... timesteps) {
        return perSample(predicted, target, timesteps).mean();
    }

    /**
     * Computes the same for samples that count differently.
     *
     * @param predicted the UNet's output (b, c, h, w)
     * @param target what it should be
     * @param importance what the loss of each sample is multiplied by, beside the weight of its timestep
     * @param timesteps one timestep for each sample
     * @return a scalar: the mean over the samples
     */
    public NDArray of(NDArray predicted, NDArray target, float[] importance, int... timesteps) {
        float[] weights = weighting.weights(schedule, prediction, timesteps);
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= importance[i];
        }
        return perSample(predicted, target, weights).mean();
    }

    /**
     * Computes the weighted squared error of each sample.
     *
     * @param predicted the UNet's output (b, c, h, w)
     * @param target what it should be
     * @param timesteps one timestep for each sample
     * @return weight times mean squared error (b)
     */
    public NDArray perSample(NDArray predicted, NDArray target, int... timesteps) {
        return perSample(predicted, target, weighting.weights(schedule, prediction, timesteps));
    }

    private static NDArray perSample(NDArray predicted, NDArray target, float[] weights) {
        NDArray each = Scalars.beside(predicted, new Shape(weights.length), weights);
        return SCRIPT.call(predicted.getManager(), "per_sample", predicted, target, each)
                .singletonOrThrow();
    }
}
