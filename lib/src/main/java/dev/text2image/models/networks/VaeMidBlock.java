package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Tensor;
import java.util.List;

/** The deepest part of encoder and decoder, UNetMidBlock2D (diffusers, unet_2d_blocks.py). */
final class VaeMidBlock extends Module {
    private final VaeAttention attention;
    private final List<ResnetBlock2D> resnets;

    VaeMidBlock(int channels, int groups) {
        attention = child("attentions.0", new VaeAttention(channels, groups));
        resnets = children(
                "resnets",
                List.of(
                        ResnetBlock2D.untimed(channels, channels, groups),
                        ResnetBlock2D.untimed(channels, channels, groups)));
    }

    Tensor forward(Tensor x) {
        return resnets.get(1).forward(attention.forward(resnets.get(0).forward(x, null)), null);
    }
}
