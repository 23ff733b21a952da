package dev.text2image.models;

import dev.text2image.models.Resampling.Downsample2D;
import dev.text2image.nn.Module;
import dev.text2image.nn.Tensor;
import dev.text2image.nn.Trace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One level of the way down: CrossAttnDownBlock2D, or DownBlock2D without attentions (diffusers, unet_2d_blocks.py). */
final class UNetDownBlock extends Module {
    private final List<Transformer2DModel> attentions;
    private final List<ResnetBlock2D> resnets;
    private final @Nullable Downsample2D downsampler;
    private final UNetSegments segments;

    UNetDownBlock(UNet2DConditionConfig config, int level) {
        segments = UNetSegments.ofLevel(level);
        int out = config.blockOutChannels().get(level);
        int in = level == 0 ? out : config.blockOutChannels().get(level - 1);
        List<ResnetBlock2D> resnetList = new ArrayList<>();
        List<Transformer2DModel> attentionList = new ArrayList<>();
        for (int i = 0; i < config.layersPerBlock(); i++) {
            resnetList.add(ResnetBlock2D.timed(i == 0 ? in : out, out, config));
            if (config.attendsDown(level)) {
                attentionList.add(
                        new Transformer2DModel(out, config.attentionHeads().get(level), config));
            }
        }
        attentions = children("attentions", attentionList);
        resnets = children("resnets", resnetList);
        boolean last = level == config.levels() - 1;
        downsampler = last ? null : child("downsamplers.0", new Downsample2D(out, false));
    }

    /** Adds each layer's output to the skip connections and returns the last one. */
    Tensor forward(Tensor x, Tensor time, Tensor text, List<Tensor> skips) {
        for (int i = 0; i < resnets.size(); i++) {
            x = layer(i, x, time, text);
            skips.add(x);
        }
        if (downsampler != null) {
            x = Trace.segment(List.of(x), in -> downsampler.forward(in.get(0)));
            skips.add(x);
        }
        return x;
    }

    private Tensor layer(int i, Tensor x, Tensor time, Tensor text) {
        if (attentions.isEmpty()) {
            return segments.add(List.of(x, time), in -> resnets.get(i).forward(in.get(0), in.get(1)));
        }
        return segments.add(
                List.of(x, time, text),
                in -> attentions.get(i).forward(resnets.get(i).forward(in.get(0), in.get(1)), in.get(2)));
    }
}
