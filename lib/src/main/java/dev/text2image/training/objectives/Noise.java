package dev.text2image.training.objectives;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;

/**
 * The noise of a micro-batch.
 *
 * @param target what the UNet is to find (b, c, h, w)
 * @param added what is added to the latents (b, c, h, w); another array only with an input perturbation
 */
public record Noise(NDArray target, NDArray added) {
    /**
     * Makes noise that is added and to be found alike.
     *
     * @param noise the noise (b, c, h, w)
     * @return both in one
     */
    public static Noise unperturbed(NDArray noise) {
        return new Noise(noise, noise);
    }

    /**
     * Takes a part of the noise.
     *
     * @param part takes it of an array
     * @return the part
     */
    public Noise rows(UnaryOperator<NDArray> part) {
        NDArray rows = part.apply(target);
        return new Noise(rows, added == target ? rows : part.apply(added));
    }
}
