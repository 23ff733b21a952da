package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import java.util.ArrayList;
import java.util.List;

/** Encoder and decoder between images and latents (diffusers, autoencoder_kl.py and vae.py). */
public final class VaeNetwork extends Module {
    private final Encoder encoder;
    private final Decoder decoder;
    private final Conv2d quantConv;
    private final Conv2d postQuantConv;

    /**
     * Declares the network.
     *
     * @param config its shape
     */
    public VaeNetwork(AutoencoderKLConfig config) {
        int latents = config.latentChannels();
        encoder = child("encoder", new Encoder(config));
        decoder = child("decoder", new Decoder(config));
        quantConv = child("quant_conv", Conv2d.size1(2 * latents, 2 * latents));
        postQuantConv = child("post_quant_conv", Conv2d.size1(latents, latents));
    }

    /**
     * Encodes images.
     *
     * @param pixels (b, 3, h, w)
     * @return the mean and the logarithm of the variance, joined as (b, 2·c, h/f, w/f), float32
     */
    public Tensor encode(Tensor pixels) {
        Tensor hidden = encoder.forward(pixels);
        return Trace.segment(
                List.of(hidden),
                in -> quantConv.forward(encoder.head(in.get(0))).toFloat32());
    }

    /**
     * Decodes latents.
     *
     * @param latents (b, c, h, w)
     * @return images (b, 3, h·f, w·f), float32
     */
    public Tensor decode(Tensor latents) {
        Tensor first = Trace.segment(List.of(latents), in -> decoder.tail(postQuantConv.forward(in.get(0))));
        return decoder.forward(first);
    }

    private static final class Encoder extends Module {
        private final Conv2d convIn;
        private final List<VaeLevel> levels;
        private final VaeMidBlock mid;
        private final GroupNorm normOut;
        private final Conv2d convOut;

        Encoder(AutoencoderKLConfig config) {
            List<Integer> channels = config.blockOutChannels();
            int deepest = channels.get(channels.size() - 1);
            convIn = child("conv_in", Conv2d.size3(config.inChannels(), channels.get(0)));
            List<VaeLevel> list = new ArrayList<>();
            for (int i = 0; i < channels.size(); i++) {
                int in = channels.get(Math.max(i - 1, 0));
                list.add(VaeLevel.down(in, channels.get(i), config, i < channels.size() - 1));
            }
            levels = children("down_blocks", list);
            mid = child("mid_block", new VaeMidBlock(deepest, config.normNumGroups()));
            normOut = child("conv_norm_out", new GroupNorm(config.normNumGroups(), deepest, 1e-6));
            convOut = child("conv_out", Conv2d.size3(deepest, 2 * config.latentChannels()));
        }

        Tensor forward(Tensor pixels) {
            Tensor x = Trace.segment(List.of(pixels), in -> convIn.forward(in.get(0)));
            for (VaeLevel level : levels) {
                x = Trace.segment(List.of(x), in -> level.forward(in.get(0)));
            }
            return x;
        }

        Tensor head(Tensor x) {
            return convOut.forward(Functional.silu(normOut.forward(mid.forward(x))));
        }
    }

    private static final class Decoder extends Module {
        private final Conv2d convIn;
        private final VaeMidBlock mid;
        private final List<VaeLevel> levels;
        private final GroupNorm normOut;
        private final Conv2d convOut;

        Decoder(AutoencoderKLConfig config) {
            List<Integer> channels = config.blockOutChannels();
            int last = channels.size() - 1;
            convIn = child("conv_in", Conv2d.size3(config.latentChannels(), channels.get(last)));
            List<VaeLevel> list = new ArrayList<>();
            for (int i = last; i >= 0; i--) {
                int in = channels.get(Math.min(i + 1, last));
                list.add(VaeLevel.up(in, channels.get(i), config, i > 0));
            }
            levels = children("up_blocks", list);
            mid = child("mid_block", new VaeMidBlock(channels.get(last), config.normNumGroups()));
            normOut = child("conv_norm_out", new GroupNorm(config.normNumGroups(), channels.get(0), 1e-6));
            convOut = child("conv_out", Conv2d.size3(channels.get(0), config.outChannels()));
        }

        Tensor tail(Tensor latents) {
            return mid.forward(convIn.forward(latents));
        }

        Tensor forward(Tensor x) {
            for (VaeLevel level : levels) {
                x = Trace.segment(List.of(x), in -> level.forward(in.get(0)));
            }
            return Trace.segment(
                    List.of(x),
                    in -> convOut.forward(Functional.silu(normOut.forward(in.get(0))))
                            .toFloat32());
        }
    }
}
