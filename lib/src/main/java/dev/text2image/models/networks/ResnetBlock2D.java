package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** Two normalised convolutions with a residual connection and, in the UNet, a shift by the timestep (diffusers, resnet.py). */
final class ResnetBlock2D extends Module {
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final @Nullable Linear timeProjection;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d shortcut;

    private ResnetBlock2D(int in, int out, int timeChannels, int groups, double epsilon) {
        norm1 = child("norm1", new GroupNorm(groups, in, epsilon));
        conv1 = child("conv1", Conv2d.size3(in, out));
        timeProjection = timeChannels == 0 ? null : child("time_emb_proj", new Linear(timeChannels, out, true));
        norm2 = child("norm2", new GroupNorm(groups, out, epsilon));
        conv2 = child("conv2", Conv2d.size3(out, out));
        shortcut = in == out ? null : child("conv_shortcut", Conv2d.size1(in, out));
    }

    static ResnetBlock2D timed(int in, int out, UNet2DConditionConfig config) {
        return new ResnetBlock2D(in, out, config.timeChannels(), config.normNumGroups(), config.normEps());
    }

    static ResnetBlock2D untimed(int in, int out, int groups) {
        return new ResnetBlock2D(in, out, 0, groups, 1e-6);
    }

    /** Transforms x (b, in, h, w) at a time (b, t), an embedding that has been activated; returns (b, out, h, w). */
    Tensor forward(Tensor x, @Nullable Tensor time) {
        Tensor h = conv1.forward(Functional.silu(norm1.forward(x)));
        if (timeProjection != null && time != null) {
            h = h.add(timeProjection.forward(time).unsqueezeEnd(2)); // (b, c, 1, 1)
        }
        h = conv2.forward(Functional.silu(norm2.forward(h)));
        return (shortcut == null ? x : shortcut.forward(x)).add(h);
    }
}
