package dev.text2image.models.networks;

import dev.text2image.models.networks.Resampling.Downsample2D;
import dev.text2image.models.networks.Resampling.Upsample2D;
import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** One level of the autoencoder: DownEncoderBlock2D or UpDecoderBlock2D (diffusers, unet_2d_blocks.py). */
final class VaeLevel extends Module {
    private final List<ResnetBlock2D> resnets;
    private UnaryOperator<Tensor> resample = UnaryOperator.identity();

    private VaeLevel(int in, int out, int layers, int groups) {
        resnets = children(
                "resnets",
                IntStream.range(0, layers)
                        .mapToObj(i -> ResnetBlock2D.untimed(i == 0 ? in : out, out, groups))
                        .toList());
    }

    static VaeLevel down(int in, int out, AutoencoderKLConfig config, boolean halve) {
        VaeLevel level = new VaeLevel(in, out, config.layersPerBlock(), config.normNumGroups());
        if (halve) {
            level.resample = level.child("downsamplers.0", new Downsample2D(out, true))::forward;
        }
        return level;
    }

    static VaeLevel up(int in, int out, AutoencoderKLConfig config, boolean enlarge) {
        VaeLevel level = new VaeLevel(in, out, config.layersPerBlock() + 1, config.normNumGroups());
        if (enlarge) {
            level.resample = level.child("upsamplers.0", new Upsample2D(out))::doubled;
        }
        return level;
    }

    Tensor forward(Tensor x) {
        for (ResnetBlock2D resnet : resnets) {
            x = resnet.forward(x, null);
        }
        return resample.apply(x);
    }
}
