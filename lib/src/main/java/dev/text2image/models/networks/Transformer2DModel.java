package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import java.util.function.UnaryOperator;

/** A transformer over the pixels of a feature map (diffusers, transformer_2d.py). */
final class Transformer2DModel extends Module {
    private static final double EPSILON = 1e-6;

    private final GroupNorm norm;
    private final UnaryOperator<Tensor> projectIn;
    private final BasicTransformerBlock block;
    private final UnaryOperator<Tensor> projectOut;

    Transformer2DModel(int channels, int heads, UNet2DConditionConfig config) {
        norm = child("norm", new GroupNorm(config.normNumGroups(), channels, EPSILON));
        projectIn = projection("proj_in", channels, config.useLinearProjection());
        block = child("transformer_blocks.0", new BasicTransformerBlock(channels, heads, config));
        projectOut = projection("proj_out", channels, config.useLinearProjection());
    }

    /** The same map of (b, c, h, w) in both forms; SD-1.x stores it as a 1 × 1 convolution, SD-2.x as a linear layer. */
    private UnaryOperator<Tensor> projection(String name, int channels, boolean linear) {
        if (linear) {
            Linear layer = child(name, new Linear(channels, channels, true));
            return x -> layer.forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
        }
        return child(name, Conv2d.size1(channels, channels))::forward;
    }

    /** Transforms x (b, c, h, w) with text (b, 77, d); returns (b, c, h, w). */
    Tensor forward(Tensor x, Tensor text) {
        Tensor projected = projectIn.apply(norm.forward(x));
        Tensor sequence = projected.flatten(2, 3).transpose(1, 2); // (b, h*w, c)
        Tensor transformed = block.forward(sequence, text);
        Tensor map = transformed.transpose(1, 2).unflatten(2, x.size(2), x.size(3)); // (b, c, h, w)
        return projectOut.apply(map).add(x);
    }
}
