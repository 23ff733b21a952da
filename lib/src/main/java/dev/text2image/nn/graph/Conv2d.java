package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import java.util.List;

/** A convolution over images with a bias; runs in the model's precision. */
public final class Conv2d extends Module {
    /** Stride, padding, dilation and groups of a 1 × 1 convolution. */
    static final List<Object> POINTWISE = List.of(List.of(1, 1), List.of(0, 0), List.of(1, 1), 1);

    /**
     * A convolution, on a processor as one matrix product (Chellapilla et al., 2006) where the weights are many times larger than the maps:
     * oneDNN copies them into another order at every call, forward and twice on the way back, and that is most of its time there. From one
     * position in eight output channels on, its own way is as fast. Without dilation and groups.
     */
    static final String SCRIPT = """
            def conv2d(self, x: Tensor, w: Tensor, b: Optional[Tensor], stride: List[int], padding: List[int], dilation: List[int], groups: int) -> Tensor:
              if ops.prim.is_cuda(x):
                small = False
              else:
                positions = torch.mul(torch.size(x, 0), torch.mul(torch.size(x, 2), torch.size(x, 3)))
                small = torch.__and__(torch.eq(ops.prim.dtype(x), 6), torch.le(torch.mul(8, positions), torch.size(w, 0)))
              if small:
                h = torch.add(torch.floordiv(torch.sub(torch.add(torch.size(x, 2), torch.mul(2, padding[0])), torch.size(w, 2)), stride[0]), 1)
                columns = torch.im2col(x, [torch.size(w, 2), torch.size(w, 3)], dilation, padding, stride)
                matrix = torch.flatten(torch.transpose(columns, 0, 1), 1)
                if torch.__isnot__(b, None):
                  product = torch.addmm(torch.unsqueeze(unchecked_cast(Tensor, b), 1), torch.flatten(w, 1), matrix)
                else:
                  product = torch.mm(torch.flatten(w, 1), matrix)
                maps = torch.unflatten(product, 1, [torch.size(x, 0), h, -1])
                result = torch.contiguous(torch.transpose(maps, 0, 1))
              else:
                result = torch.conv2d(x, w, b, stride, padding, dilation, groups)
              return result
            """;

    private final Parameter weight;
    private final Parameter bias;
    private final int stride;
    private final int padding;

    private Conv2d(int in, int out, int kernel, int stride, int padding) {
        long fanIn = (long) in * kernel * kernel;
        weight = parameter("weight", Initializer.uniform(fanIn), out, in, kernel, kernel);
        bias = parameter("bias", Initializer.uniform(fanIn), out);
        this.stride = stride;
        this.padding = padding;
    }

    /**
     * Declares a 3 × 3 convolution that keeps the image's size.
     *
     * @param in input channels
     * @param out output channels
     * @return the layer
     */
    public static Conv2d size3(int in, int out) {
        return new Conv2d(in, out, 3, 1, 1);
    }

    /**
     * Declares a 1 × 1 convolution.
     *
     * @param in input channels
     * @param out output channels
     * @return the layer
     */
    public static Conv2d size1(int in, int out) {
        return new Conv2d(in, out, 1, 1, 0);
    }

    /**
     * Declares a 3 × 3 convolution that halves the image's size.
     *
     * @param channels input and output channels
     * @param padding zeros added on each side, 0 or 1
     * @return the layer
     */
    public static Conv2d halving(int channels, int padding) {
        return new Conv2d(channels, channels, 3, 2, padding);
    }

    /**
     * Applies the layer.
     *
     * @param x (b, in, h, w)
     * @return (b, out, h / stride, w / stride)
     */
    public Tensor forward(Tensor x) {
        List<Integer> strides = List.of(stride, stride);
        List<Integer> paddings = List.of(padding, padding);
        return x.trace().affine("conv2d", x, weight, bias, strides, paddings, List.of(1, 1), 1);
    }
}
