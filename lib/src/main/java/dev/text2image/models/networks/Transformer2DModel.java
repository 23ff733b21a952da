package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;

/** A transformer over the pixels of a feature map (diffusers, transformer_2d.py). */
final class Transformer2DModel extends Module {
    private static final double EPSILON = 1e-6;

    private final GroupNorm norm;
    private final Linear projectIn;
    private final BasicTransformerBlock block;
    private final Linear projectOut;

    Transformer2DModel(int channels, int heads, UNet2DConditionConfig config) {
        norm = child("norm", new GroupNorm(config.normNumGroups(), channels, EPSILON));
        projectIn = child("proj_in", projection(channels, config.useLinearProjection()));
        block = child("transformer_blocks.0", new BasicTransformerBlock(channels, heads, config));
        projectOut = child("proj_out", projection(channels, config.useLinearProjection()));
    }

    /** The same layer in both forms; SD-1.x stores it as a 1 × 1 convolution. */
    private static Linear projection(int channels, boolean linear) {
        return linear ? new Linear(channels, channels, true) : Linear.pointwise(channels, channels);
    }

    /** Transforms x (b, c, h, w) with text (b, 77, d); returns (b, c, h, w). */
    Tensor forward(Tensor x, Tensor text) {
        Tensor sequence = norm.forward(x).flatten(2, 3).transpose(1, 2); // (b, h*w, c)
        Tensor transformed = projectOut.forward(block.forward(projectIn.forward(sequence), text));
        return x.add(transformed.transpose(1, 2).unflatten(2, x.size(2), x.size(3))); // (b, c, h, w)
    }
}
