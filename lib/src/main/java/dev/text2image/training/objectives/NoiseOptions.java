package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.RandomTensors;

/**
 * What is put on top of plain Gaussian noise.
 *
 * @param noiseOffset strength of a noise that is equal over each channel, at least 0; lets a model learn very dark and very bright
 *     images
 * @param inputPerturbation strength of a noise that is added to the latents but not to be found, at least 0 (Ning et al., 2023,
 *     section 4); 0.1 in the paper
 */
public record NoiseOptions(double noiseOffset, double inputPerturbation) {
    /**
     * Draws random numbers in the order of diffusers' script: noise, offset, perturbation.
     *
     * @param manager owner of the noise
     * @param shape shape of the latents (b, c, h, w)
     * @return the noise
     */
    public Noise draw(NDManager manager, Shape shape) {
        NDArray noise = RandomTensors.normal(manager, shape);
        if (noiseOffset > 0) {
            NDArray offset = RandomTensors.normal(manager, new Shape(shape.get(0), shape.get(1), 1, 1)); // (b, c, 1, 1)
            noise.addi(offset.mul(noiseOffset));
        }
        if (inputPerturbation == 0) {
            return Noise.unperturbed(noise);
        }
        return new Noise(noise, noise.add(RandomTensors.normal(manager, shape).mul(inputPerturbation)));
    }
}
