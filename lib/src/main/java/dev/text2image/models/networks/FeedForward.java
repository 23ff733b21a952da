package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;

/** A two-layer network whose hidden values are gated by a GELU, GEGLU (Shazeer, 2020; diffusers, attention.py:FeedForward). */
final class FeedForward extends Module {
    private static final int EXPANSION = 4;

    private final Linear in;
    private final Linear out;

    FeedForward(int channels) {
        int hidden = channels * EXPANSION;
        in = child("net.0.proj", new Linear(channels, 2 * hidden, true));
        out = child("net.2", new Linear(hidden, channels, true));
    }

    Tensor forward(Tensor x) {
        Tensor both = in.forward(x);
        Tensor value = both.part(-1, 2, 0);
        Tensor gate = both.part(-1, 2, 1);
        return out.forward(value.mul(Functional.gelu(gate)));
    }
}
