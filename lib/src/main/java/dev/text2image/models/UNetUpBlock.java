package dev.text2image.models;

import dev.text2image.models.Resampling.Upsample2D;
import dev.text2image.nn.Functional;
import dev.text2image.nn.Module;
import dev.text2image.nn.Tensor;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One level of the way up: CrossAttnUpBlock2D, or UpBlock2D without attentions (diffusers, unet_2d_blocks.py). */
final class UNetUpBlock extends Module {
    private final List<Transformer2DModel> attentions;
    private final List<ResnetBlock2D> resnets;
    private final @Nullable Upsample2D upsampler;
    private final UNetSegments segments;
    private final UNetSegments enlarged;

    /**
     * Declares the level.
     *
     * @param config the network's configuration
     * @param step 0 for the deepest level
     */
    UNetUpBlock(UNet2DConditionConfig config, int step) {
        int level = config.levels() - 1 - step;
        segments = UNetSegments.ofLevel(level);
        enlarged = UNetSegments.ofLevel(level - 1);
        List<Integer> channels = config.blockOutChannels();
        int out = channels.get(level);
        int fromBelow = channels.get(Math.min(level + 1, config.levels() - 1));
        int lastSkip = channels.get(Math.max(level - 1, 0));
        List<ResnetBlock2D> resnetList = new ArrayList<>();
        List<Transformer2DModel> attentionList = new ArrayList<>();
        int layers = config.layersPerBlock() + 1;
        for (int i = 0; i < layers; i++) {
            int skip = i == layers - 1 ? lastSkip : out;
            resnetList.add(ResnetBlock2D.timed((i == 0 ? fromBelow : out) + skip, out, config));
            if (config.attendsUp(step)) {
                attentionList.add(
                        new Transformer2DModel(out, config.attentionHeads().get(level), config));
            }
        }
        attentions = children("attentions", attentionList);
        resnets = children("resnets", resnetList);
        upsampler = level == 0 ? null : child("upsamplers.0", new Upsample2D(out));
    }

    /** Uses up the skip connections of this level, the newest first. */
    Tensor forward(Tensor x, Tensor time, Tensor text, Deque<Tensor> skips) {
        for (int i = 0; i < resnets.size(); i++) {
            x = layer(i, x, skips.pop(), time, text);
        }
        if (upsampler == null) {
            return x;
        }
        // The size of the next skip connection, not twice the own size: they differ for sizes that were odd on the way
        // down.
        return enlarged.add(
                List.of(x, skips.element()),
                in -> upsampler.toSize(in.get(0), in.get(1).size(2), in.get(1).size(3)));
    }

    private Tensor layer(int i, Tensor x, Tensor skip, Tensor time, Tensor text) {
        if (attentions.isEmpty()) {
            return segments.add(List.of(x, skip, time), in -> joined(i, in));
        }
        return segments.add(
                List.of(x, skip, time, text), in -> attentions.get(i).forward(joined(i, in), in.get(3)));
    }

    private Tensor joined(int i, List<Tensor> in) {
        return resnets.get(i).forward(Functional.cat(1, in.get(0), in.get(1)), in.get(2));
    }
}
