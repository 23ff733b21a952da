package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The layers of one level of the UNet: residual blocks, each followed by attention to the text where the level has it. */
abstract class UNetLevel extends Module {
    private final List<Transformer2DModel> attentions;
    private final List<ResnetBlock2D> resnets;
    private final int level;

    /**
     * Declares the layers.
     *
     * @param config the network's configuration
     * @param level 0 for the largest resolution
     * @param ins channels that each residual block takes
     * @param attending how many of the blocks, the first ones, have an attention
     */
    UNetLevel(UNet2DConditionConfig config, int level, List<Integer> ins, int attending) {
        this.level = level;
        int out = config.blockOutChannels().get(level);
        int heads = config.attentionHeads().get(level);
        attentions = children(
                "attentions",
                IntStream.range(0, attending)
                        .mapToObj(i -> new Transformer2DModel(out, heads, config))
                        .toList());
        resnets = children(
                "resnets",
                ins.stream().map(in -> ResnetBlock2D.timed(in, out, config)).toList());
    }

    /**
     * Traces a layer for gradient checkpointing.
     *
     * <p>From level to level a side of the feature maps is halved and the channels are usually doubled: a layer does the same work
     * and stores half as much. So the two upper levels, of the full and the half resolution, are worth computing again first.
     * Convolutions that only change the resolution downwards store nothing but their input, and are not worth it anywhere.
     */
    static Tensor segment(int level, List<Tensor> inputs, Function<List<Tensor>, Tensor> code) {
        return level <= 1 ? Trace.largeSegment(inputs, code) : Trace.segment(inputs, code);
    }

    final int layers() {
        return resnets.size();
    }

    /** Applies a layer to features, or to features joined with those of a skip connection. */
    final Tensor layer(int i, Tensor time, Tensor text, Tensor... features) {
        boolean attends = i < attentions.size();
        int count = features.length;
        List<Tensor> inputs = new ArrayList<>(List.of(features));
        inputs.add(time);
        if (attends) {
            inputs.add(text);
        }
        return segment(level, inputs, in -> {
            Tensor x = count == 1 ? in.get(0) : Functional.cat(1, in.get(0), in.get(1));
            Tensor h = resnets.get(i).forward(x, in.get(count));
            return attends ? attentions.get(i).forward(h, in.get(count + 1)) : h;
        });
    }
}
