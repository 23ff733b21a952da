package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.torch.Scalars;
import dev.text2image.torch.TorchScript;

/**
 * Training on the UNet's own errors, as it will meet them when it samples: DREAM (Zhou et al., 2024, algorithm 2; diffusers,
 * training_utils.py:compute_dream_and_update_latents).
 *
 * @param detailPreservation exponent p of the share {@code sqrt(1 - a)^p} of the error that counts, above 0; 1 in the paper, more
 *     keeps more detail
 */
public record Dream(double detailPreservation) {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def rectify(self, noisy: Tensor, target: Tensor, noise: Tensor, predicted: Tensor, deviation: Tensor, power: float) -> List[Tensor]:
              error = torch.mul(torch.sub(noise, predicted), torch.pow(deviation, power))
              return [torch.add(noisy, torch.mul(deviation, error)), torch.add(target, error)]
            """);

    /** Checks the value. */
    public Dream {
        if (!(detailPreservation > 0 && Double.isFinite(detailPreservation))) {
            throw new InvalidInputException(
                    "dream_detail_preservation is " + detailPreservation + ", but must be above 0.");
        }
    }

    /**
     * Moves a noisy example by the error of the UNet on it.
     *
     * @param example the example
     * @param noise what the UNet was to find (b, c, h, w)
     * @param predicted what it found, without gradients (b, c, h, w)
     * @param schedule the noise schedule
     * @param timesteps one timestep for each sample
     * @return the example to train on
     */
    NoisyExample rectify(
            NoisyExample example, NDArray noise, NDArray predicted, NoiseSchedule schedule, int... timesteps) {
        float[] deviations = new float[timesteps.length];
        for (int i = 0; i < timesteps.length; i++) {
            deviations[i] = (float) Math.sqrt(1 - schedule.alphaCumprod(timesteps[i]));
        }
        NDArray deviation = Scalars.beside(noise, new Shape(timesteps.length, 1, 1, 1), deviations); // (b, 1, 1, 1)
        NDList moved = SCRIPT.call(
                noise.getManager(),
                "rectify",
                example.noisyLatents(),
                example.target(),
                noise,
                predicted,
                deviation,
                detailPreservation);
        return new NoisyExample(moved.get(0), moved.get(1));
    }
}
