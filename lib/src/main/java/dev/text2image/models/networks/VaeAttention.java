package dev.text2image.models.networks;

import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Tensor;

/** Single-head self-attention over the pixels of a feature map, as in the middle of the autoencoder. */
final class VaeAttention extends Attention {
    private final GroupNorm norm;

    VaeAttention(int channels, int groups) {
        super(channels, channels, 1, true, false);
        norm = child("group_norm", new GroupNorm(groups, channels, 1e-6));
    }

    /** Transforms x (b, c, h, w). */
    Tensor forward(Tensor x) {
        Tensor sequence = norm.forward(x).flatten(2, 3).transpose(1, 2); // (b, h*w, c)
        Tensor attended = forward(sequence, sequence).transpose(1, 2); // (b, c, h*w)
        // A sum has its first term's order in memory, which all later layers take over.
        return x.add(attended.unflatten(2, x.size(2), x.size(3)));
    }
}
