package dev.text2image.models;

import dev.text2image.nn.Module;
import dev.text2image.nn.Tensor;
import java.util.List;

/** The level between the way down and the way up, UNetMidBlock2DCrossAttn (diffusers, unet_2d_blocks.py). */
final class UNetMidBlock extends Module {
    private final Transformer2DModel attention;
    private final List<ResnetBlock2D> resnets;
    private final UNetSegments segments;

    UNetMidBlock(UNet2DConditionConfig config) {
        int last = config.levels() - 1;
        segments = UNetSegments.ofLevel(last);
        int channels = config.blockOutChannels().get(last);
        attention = child(
                "attentions.0",
                new Transformer2DModel(channels, config.attentionHeads().get(last), config));
        resnets = children(
                "resnets",
                List.of(
                        ResnetBlock2D.timed(channels, channels, config),
                        ResnetBlock2D.timed(channels, channels, config)));
    }

    Tensor forward(Tensor x, Tensor time, Tensor text) {
        Tensor attended = segments.add(
                List.of(x, time, text),
                in -> attention.forward(resnets.get(0).forward(in.get(0), in.get(1)), in.get(2)));
        return segments.add(List.of(attended, time), in -> resnets.get(1).forward(in.get(0), in.get(1)));
    }
}
