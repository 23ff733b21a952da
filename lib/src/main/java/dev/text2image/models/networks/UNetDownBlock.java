package dev.text2image.models.networks;

import dev.text2image.models.networks.Resampling.Downsample2D;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One level of the way down: CrossAttnDownBlock2D, or DownBlock2D without attentions (diffusers, unet_2d_blocks.py). */
final class UNetDownBlock extends UNetLevel {
    private final @Nullable Downsample2D downsampler;

    UNetDownBlock(UNet2DConditionConfig config, int level) {
        super(config, level, ins(config, level), config.attendsDown(level) ? config.layersPerBlock() : 0);
        boolean last = level == config.levels() - 1;
        downsampler = last ? null : child("downsamplers.0", new Downsample2D(config.channels(level), false));
    }

    private static List<Integer> ins(UNet2DConditionConfig config, int level) {
        return IntStream.range(0, config.layersPerBlock())
                .mapToObj(i -> config.channels(i == 0 ? level - 1 : level))
                .toList();
    }

    /** Adds each layer's output to the skip connections and returns the last one. */
    Tensor forward(Tensor x, Tensor time, Tensor text, List<Tensor> skips) {
        for (int i = 0; i < layers(); i++) {
            x = layer(i, time, text, x);
            skips.add(x);
        }
        if (downsampler != null) {
            x = Trace.segment(List.of(x), in -> downsampler.forward(in.get(0)));
            skips.add(x);
        }
        return x;
    }
}
