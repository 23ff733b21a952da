package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.LayerNorm;
import dev.text2image.nn.graph.Tensor;

/** Self-attention, attention to the text, and a gated network, each with a residual connection (diffusers, attention.py). */
final class BasicTransformerBlock extends Module {
    private static final double EPSILON = 1e-5;

    private final LayerNorm norm1;
    private final Attention selfAttention;
    private final LayerNorm norm2;
    private final Attention textAttention;
    private final LayerNorm norm3;
    private final FeedForward feedForward;

    BasicTransformerBlock(int channels, int heads, UNet2DConditionConfig config) {
        boolean inFloat32 = config.upcastAttention();
        norm1 = child("norm1", new LayerNorm(channels, EPSILON));
        selfAttention = child("attn1", new Attention(channels, channels, heads, false, inFloat32));
        norm2 = child("norm2", new LayerNorm(channels, EPSILON));
        textAttention = child("attn2", new Attention(channels, config.crossAttentionDim(), heads, false, inFloat32));
        norm3 = child("norm3", new LayerNorm(channels, EPSILON));
        feedForward = child("ff", new FeedForward(channels));
    }

    /** Transforms x (b, n, c) with text (b, 77, d); returns (b, n, c). */
    Tensor forward(Tensor x, Tensor text) {
        Tensor normed = norm1.forward(x);
        x = x.add(selfAttention.forward(normed, normed));
        x = x.add(textAttention.forward(norm2.forward(x), text));
        return x.add(feedForward.forward(norm3.forward(x)));
    }
}
