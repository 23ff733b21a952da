package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.Scalars;
import java.util.ArrayList;
import java.util.List;

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
     * Lists what is drawn, in the order of diffusers' script: noise, offset, perturbation.
     *
     * @param latents shape of the latents (b, c, h, w)
     * @return the shapes of standard normal tensors
     */
    public List<Shape> shapes(Shape latents) {
        List<Shape> shapes = new ArrayList<>(List.of(latents));
        if (noiseOffset > 0) {
            shapes.add(new Shape(latents.get(0), latents.get(1), 1, 1));
        }
        if (inputPerturbation > 0) {
            shapes.add(latents);
        }
        return shapes;
    }

    /**
     * Makes noise of what was drawn.
     *
     * @param drawn standard normal tensors of the {@link #shapes}, no longer used afterwards
     * @return the noise, which belongs to the same manager
     */
    public Noise of(List<NDArray> drawn) {
        NDArray noise = drawn.get(0);
        if (noiseOffset > 0) {
            noise.addi(Scalars.mul(drawn.get(1), noiseOffset));
        }
        return inputPerturbation == 0
                ? Noise.unperturbed(noise)
                : new Noise(noise, noise.add(Scalars.mul(drawn.get(drawn.size() - 1), inputPerturbation)));
    }
}
