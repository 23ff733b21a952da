package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.Function;

/**
 * Random tensors. The CPU's generator draws them for every device, so that {@link Torch#seed} means the same on all: a GPU's generator
 * has another stream. Nothing else in this library draws tensors.
 */
public final class RandomTensors {
    private RandomTensors() {}

    /**
     * Draws from the standard normal distribution, as {@code torch.randn} does.
     *
     * @param manager owner of the result, which says where it is wanted
     * @param shape its shape
     * @return a float32 tensor
     */
    public static NDArray normal(NDManager manager, Shape shape) {
        return normal(manager, 1, shape);
    }

    /**
     * Draws from a normal distribution around zero.
     *
     * @param manager owner of the result, which says where it is wanted
     * @param deviation the standard deviation
     * @param shape its shape
     * @return a float32 tensor
     */
    public static NDArray normal(NDManager manager, float deviation, Shape shape) {
        return draw(manager, cpu -> cpu.randomNormal(0, deviation, shape, DataType.FLOAT32));
    }

    /**
     * Draws evenly from a range, as {@code torch.nn.init.uniform_} does.
     *
     * @param manager owner of the result, which says where it is wanted
     * @param low the least value
     * @param high the upper end of the values
     * @param shape its shape
     * @return a float32 tensor
     */
    public static NDArray uniform(NDManager manager, float low, float high, Shape shape) {
        return draw(manager, cpu -> cpu.randomUniform(low, high, shape, DataType.FLOAT32));
    }

    /**
     * Draws whole numbers from 0 up to, but not with, 2³¹ - 1, for seeds.
     *
     * @param count how many
     * @return the numbers
     */
    public static long[] seeds(int count) {
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            return cpu.randomInteger(0, Integer.MAX_VALUE, new Shape(count), DataType.INT64)
                    .toLongArray();
        }
    }

    private static NDArray draw(NDManager manager, Function<NDManager, NDArray> source) {
        if (!manager.getDevice().isGpu()) {
            return source.apply(manager);
        }
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            NDArray moved = source.apply(cpu).toDevice(manager.getDevice(), false);
            moved.attach(manager);
            return moved;
        }
    }
}
