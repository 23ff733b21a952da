package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.GroupNorm;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/** The denoising network (diffusers, unet_2d_condition.py). */
public final class UNetNetwork extends Module {
    private final UNet2DConditionConfig config;
    private final Conv2d convIn;
    private final Linear time1;
    private final Linear time2;
    private final List<UNetDownBlock> downBlocks;
    private final UNetMidBlock midBlock;
    private final List<UNetUpBlock> upBlocks;
    private final GroupNorm normOut;
    private final Conv2d convOut;

    /**
     * Declares the network.
     *
     * @param config its shape
     */
    public UNetNetwork(UNet2DConditionConfig config) {
        this.config = config;
        int first = config.blockOutChannels().get(0);
        convIn = child("conv_in", Conv2d.size3(config.inChannels(), first));
        time1 = child("time_embedding.linear_1", new Linear(first, config.timeChannels(), true));
        time2 = child("time_embedding.linear_2", new Linear(config.timeChannels(), config.timeChannels(), true));
        downBlocks = children(
                "down_blocks",
                IntStream.range(0, config.levels())
                        .mapToObj(level -> new UNetDownBlock(config, level))
                        .toList());
        upBlocks = children(
                "up_blocks",
                IntStream.range(0, config.levels())
                        .mapToObj(step -> new UNetUpBlock(config, config.levels() - 1 - step))
                        .toList());
        midBlock = child("mid_block", new UNetMidBlock(config));
        normOut = child("conv_norm_out", new GroupNorm(config.normNumGroups(), first, config.normEps()));
        convOut = child("conv_out", Conv2d.size3(first, config.outChannels()));
    }

    /**
     * Predicts what was added to the sample.
     *
     * @param sample (b, c, h, w)
     * @param timesteps (b)
     * @param hiddenStates of the text (b, 77, d)
     * @return (b, c, h, w), float32
     */
    public Tensor forward(Tensor sample, Tensor timesteps, Tensor hiddenStates) {
        Tensor text = Trace.forMatrices(hiddenStates); // once, not in each attention
        Tensor time = Trace.segment(List.of(timesteps), in -> timeEmbedding(in.get(0)));
        Tensor x = Trace.segment(List.of(sample), in -> convIn.forward(in.get(0)));
        List<Tensor> passed = new ArrayList<>(List.of(x));
        for (UNetDownBlock block : downBlocks) {
            x = block.forward(x, time, text, passed);
        }
        x = midBlock.forward(x, time, text);
        Deque<Tensor> skips = new ArrayDeque<>();
        passed.forEach(skips::push);
        for (UNetUpBlock block : upBlocks) {
            x = block.forward(x, time, text, skips);
        }
        return Trace.segment(
                List.of(x),
                in -> convOut.forward(Functional.silu(normOut.forward(in.get(0))))
                        .toFloat32());
    }

    /** With the activation that each residual block begins with. */
    private Tensor timeEmbedding(Tensor timesteps) {
        int size = config.blockOutChannels().get(0);
        Tensor code = Functional.timestepEmbedding(timesteps, size, config.flipSinToCos(), config.freqShift());
        return Functional.silu(time2.forward(Functional.silu(time1.forward(code)))); // (b, 4 * size)
    }
}
