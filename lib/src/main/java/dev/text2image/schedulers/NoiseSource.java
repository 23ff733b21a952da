package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.RandomTensors;

/** Where the random numbers of a sampling run come from. */
@FunctionalInterface
public interface NoiseSource {
    /**
     * Draws standard normal noise.
     *
     * @param manager the manager to create the noise with, on the right device; it is closed at the end of the step. An array of
     *     another manager may be returned as well; it is only read
     * @param shape the shape wanted
     * @return an array of that shape, of any floating-point type
     */
    NDArray draw(NDManager manager, Shape shape);

    /**
     * Returns the source that draws from the engine's global generator, which {@link dev.text2image.torch.Torch#seed} seeds. On every
     * device it gives the numbers that {@code torch.randn} gives on the CPU for the same seed.
     *
     * @return the source, which draws float32
     */
    static NoiseSource engine() {
        return RandomTensors::normal;
    }

    /**
     * Returns the source for samplers that need no noise (PNDM, and DDIM with an eta of 0).
     *
     * @return a source that throws {@link IllegalStateException} when it is asked for noise
     */
    static NoiseSource none() {
        return (manager, shape) -> {
            throw new IllegalStateException(
                    "This sampler draws noise, but was given NoiseSource.none(); pass NoiseSource.engine() or another source.");
        };
    }
}
