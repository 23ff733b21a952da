package dev.text2image.models.networks;

import dev.text2image.nn.graph.Tensor;
import java.util.Collections;

/** The level between the way down and the way up, UNetMidBlock2DCrossAttn (diffusers, unet_2d_blocks.py). */
final class UNetMidBlock extends UNetLevel {
    UNetMidBlock(UNet2DConditionConfig config) {
        super(config, config.levels() - 1, Collections.nCopies(2, config.channels(config.levels() - 1)), 1);
    }

    Tensor forward(Tensor x, Tensor time, Tensor text) {
        return layer(1, time, text, layer(0, time, text, x));
    }
}
