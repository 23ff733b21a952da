package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import java.util.List;

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
        List<Tensor> valueAndGate = in.forward(x).parts(-1, 2);
        return out.forward(valueAndGate.get(0).mul(Functional.gelu(valueAndGate.get(1))));
    }
}
