package dev.text2image.pipelines;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.Torch;
import java.util.OptionalLong;

/**
 * Seeds the engine's generator, of which there is only one, until it is closed.
 *
 * <p>Afterwards the generator goes on from a seed that was drawn from it before. Thus a training run that samples with the same
 * seed again and again does not see the same noise again and again, and still is the same from run to run.
 */
final class SeedScope implements AutoCloseable {
    private final long seed;
    private final long next;

    /**
     * Seeds the generator.
     *
     * @param wanted the seed; empty to draw one
     */
    SeedScope(OptionalLong wanted) {
        try (NDManager manager = Torch.newManager(Device.cpu());
                NDArray drawn = manager.randomInteger(0, Integer.MAX_VALUE, new Shape(2), DataType.INT64)) {
            long[] values = drawn.toLongArray();
            seed = wanted.orElse(values[0]);
            next = values[1];
        }
        Torch.seed(seed);
    }

    long seed() {
        return seed;
    }

    /**
     * Draws standard normal noise on the CPU, so that a seed means the same on every device, as diffusers' users do with
     * {@code torch.Generator("cpu")}.
     *
     * @param manager owner of the result, which says where it is wanted
     * @param shape its shape
     * @return the noise, float32
     */
    static NDArray noise(NDManager manager, Shape shape) {
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            NDArray noise = cpu.randomNormal(0, 1, shape, DataType.FLOAT32).toDevice(manager.getDevice(), false);
            noise.attach(manager);
            return noise;
        }
    }

    @Override
    public void close() {
        Torch.seed(next);
    }
}
