package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Random tensors. The CPU's generator draws them for every device, so that {@link Torch#seed} means the same on all: a GPU's generator
 * has another stream. Nothing else in this library draws tensors.
 */
public final class RandomTensors {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def draw(self, normals: List[Tensor], integers: Tensor, seed: int) -> List[Tensor]:
              source = torch.Generator(device=torch.device("cpu"), seed=seed)
              for i in range(torch.len(normals)):
                _0 = torch.normal_(normals[i], 0., 1., generator=source)
              _1 = torch.random_(integers, 0, %d, generator=source)
              return []
            """.formatted(Integer.MAX_VALUE));

    private RandomTensors() {}

    /**
     * Tensors and whole numbers that were drawn in a row.
     *
     * @param normals float32 tensors from the standard normal distribution
     * @param seeds numbers as {@link RandomTensors#seeds} draws them
     */
    public record Series(List<NDArray> normals, List<Long> seeds) {}

    /**
     * Draws a series with a generator of its own: the same numbers that the shared one gives after {@link Torch#seed}, at any time and on
     * any thread.
     *
     * @param manager owner of the tensors, which says where they are wanted
     * @param seed the seed
     * @param shapes shapes of the tensors
     * @param seeds how many whole numbers follow
     * @return the series
     */
    public static Series series(NDManager manager, long seed, List<Shape> shapes, int seeds) {
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            List<NDArray> normals = shapes.stream().map(cpu::create).toList();
            NDArray integers = cpu.create(new Shape(seeds), DataType.INT64);
            try (Autograd.Scope pause = Autograd.pause();
                    TensorList filled = TensorList.of(normals)) {
                SCRIPT.call(cpu, "draw", filled, integers, seed);
            }
            List<NDArray> moved =
                    normals.stream().map(tensor -> move(tensor, manager)).toList();
            return new Series(
                    moved, Arrays.stream(integers.toLongArray()).boxed().toList());
        }
    }

    private static NDArray move(NDArray tensor, NDManager manager) {
        NDArray moved = manager.getDevice().isGpu() ? tensor.toDevice(manager.getDevice(), false) : tensor;
        moved.attach(manager);
        return moved;
    }

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
            return move(source.apply(cpu), manager);
        }
    }
}
