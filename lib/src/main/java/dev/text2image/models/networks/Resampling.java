package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.Dim;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.Tensor;

/** Halving and doubling of feature maps (diffusers, downsampling.py and upsampling.py). */
final class Resampling {
    private Resampling() {}

    /** Halves by a strided convolution; the autoencoder pads only at the right and the bottom. */
    static final class Downsample2D extends Module {
        private final Conv2d conv;
        private final boolean padAfter;

        Downsample2D(int channels, boolean padAfter) {
            this.padAfter = padAfter;
            conv = child("conv", Conv2d.halving(channels, padAfter ? 0 : 1));
        }

        Tensor forward(Tensor x) {
            return conv.forward(padAfter ? Functional.padRightAndBottom(x) : x);
        }
    }

    /** Enlarges by repeating pixels, then smooths by a convolution. */
    static final class Upsample2D extends Module {
        private final Conv2d conv;

        Upsample2D(int channels) {
            conv = child("conv", Conv2d.size3(channels, channels));
        }

        Tensor doubled(Tensor x) {
            return conv.forward(Functional.upsampleNearest2x(x));
        }

        Tensor toSize(Tensor x, Dim height, Dim width) {
            return conv.forward(Functional.upsampleNearest(x, height, width));
        }
    }
}
