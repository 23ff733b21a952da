package dev.text2image.models.networks;

import dev.text2image.models.networks.Resampling.Upsample2D;
import dev.text2image.nn.graph.Tensor;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One level of the way up: CrossAttnUpBlock2D, or UpBlock2D without attentions (diffusers, unet_2d_blocks.py). */
final class UNetUpBlock extends UNetLevel {
    private final @Nullable Upsample2D upsampler;
    private final int above;

    /**
     * Declares the level.
     *
     * @param config the network's configuration
     * @param level 0 for the largest resolution
     */
    UNetUpBlock(UNet2DConditionConfig config, int level) {
        super(config, level, ins(config, level), config.attendsUp(level) ? config.layersPerBlock() + 1 : 0);
        above = level - 1;
        upsampler = level == 0 ? null : child("upsamplers.0", new Upsample2D(config.channels(level)));
    }

    /** What comes from below or from the layer before, and the skip connection, of which the last is that of the level above. */
    private static List<Integer> ins(UNet2DConditionConfig config, int level) {
        int last = config.layersPerBlock();
        return IntStream.rangeClosed(0, last)
                .mapToObj(i ->
                        config.channels(i == 0 ? level + 1 : level) + config.channels(i == last ? level - 1 : level))
                .toList();
    }

    /** Uses up the skip connections of this level, the newest first. */
    Tensor forward(Tensor x, Tensor time, Tensor text, Deque<Tensor> skips) {
        for (int i = 0; i < layers(); i++) {
            x = layer(i, time, text, x, skips.pop());
        }
        if (upsampler == null) {
            return x;
        }
        // The size of the next skip connection, not twice the own size: they differ for sizes that were odd on the way
        // down.
        return segment(
                above,
                List.of(x, skips.element()),
                in -> upsampler.toSize(in.get(0), in.get(1).size(2), in.get(1).size(3)));
    }
}
