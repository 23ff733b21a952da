package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;

/** Multi-head attention of a sequence to another one, or to itself (diffusers, attention_processor.py:Attention). */
class Attention extends Module {
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;
    private final Linear toOut;
    private final int heads;
    private final boolean inFloat32;

    /**
     * Declares the layer.
     *
     * @param channels size of the queries and of the output
     * @param contextChannels size of what is attended to
     * @param heads number of heads, a divisor of {@code channels}
     * @param bias whether queries, keys and values have a bias
     * @param inFloat32 whether scores are computed in float32 also under mixed precision (upcast_attention, which diffusers leaves out
     *     where it uses torch's fused attention)
     */
    Attention(int channels, int contextChannels, int heads, boolean bias, boolean inFloat32) {
        this.heads = heads;
        this.inFloat32 = inFloat32;
        toQ = child("to_q", new Linear(channels, channels, bias));
        toK = child("to_k", new Linear(contextChannels, channels, bias));
        toV = child("to_v", new Linear(contextChannels, channels, bias));
        toOut = child("to_out.0", new Linear(channels, channels, true));
    }

    /** Attends from x (b, n, c) to context (b, m, d); returns (b, n, c). */
    Tensor forward(Tensor x, Tensor context) {
        Tensor query = exact(toQ.forward(x));
        Tensor key = exact(toK.forward(context));
        Tensor value = exact(toV.forward(context));
        return toOut.forward(Functional.multiHeadAttention(query, key, value, heads, false));
    }

    private Tensor exact(Tensor x) {
        return inFloat32 ? x.toFloat32() : x;
    }
}
