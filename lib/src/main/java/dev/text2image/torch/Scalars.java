package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Numbers of the host in work on a device. DJL makes a tensor of each number, and copying that to a GPU waits until the GPU has done all
 * that was asked of it before: in a loop it then stands still while the next operations are prepared. Nothing here waits.
 */
public final class Scalars {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def mul(self, x: Tensor, factor: float) -> List[Tensor]:
              return [torch.mul(x, factor)]
            def div(self, x: Tensor, divisor: float) -> List[Tensor]:
              return [torch.div(x, divisor)]
            def clamp(self, x: Tensor, low: float, high: float) -> List[Tensor]:
              return [torch.clamp(x, low, high)]
            def like(self, x: Tensor, value: float) -> List[Tensor]:
              return [torch.full_like(x, value)]
            def move(self, x: Tensor, place: Tensor) -> List[Tensor]:
              return [torch.to(x, ops.prim.device(place), ops.prim.dtype(x), True)]
            """);

    private Scalars() {}

    /**
     * Multiplies a tensor.
     *
     * @param x any tensor of floating-point numbers
     * @param factor the factor
     * @return the product, of the same type; attached to the same manager
     */
    public static NDArray mul(NDArray x, double factor) {
        return call(x, "mul", factor);
    }

    /**
     * Divides a tensor.
     *
     * @param x any tensor of floating-point numbers
     * @param divisor the divisor
     * @return the quotient, of the same type; attached to the same manager
     */
    public static NDArray div(NDArray x, double divisor) {
        return call(x, "div", divisor);
    }

    /**
     * Keeps the numbers of a tensor within bounds.
     *
     * @param x any tensor of floating-point numbers
     * @param low the lower bound
     * @param high the upper bound
     * @return a tensor of the same type, attached to the same manager
     */
    public static NDArray clamp(NDArray x, double low, double high) {
        return SCRIPT.call(x.getManager(), "clamp", x, low, high).singletonOrThrow();
    }

    /**
     * Makes a tensor with one value everywhere.
     *
     * @param x a tensor of the same shape and type on the same device
     * @param value the value
     * @return the tensor, attached to the same manager
     */
    public static NDArray like(NDArray x, double value) {
        return call(x, "like", value);
    }

    private static NDArray call(NDArray x, String method, double number) {
        return SCRIPT.call(x.getManager(), method, x, number).singletonOrThrow();
    }

    /**
     * Makes a tensor of a few numbers.
     *
     * @param place a tensor, where the numbers are wanted
     * @param shape the shape
     * @param values the numbers
     * @return a float32 tensor, attached to the manager of {@code place}
     */
    public static NDArray beside(NDArray place, Shape shape, float... values) {
        NDManager manager = place.getManager();
        if (!manager.getDevice().isGpu()) {
            return manager.create(values, shape);
        }
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            return SCRIPT.call(manager, "move", cpu.create(values, shape), place)
                    .singletonOrThrow();
        }
    }
}
