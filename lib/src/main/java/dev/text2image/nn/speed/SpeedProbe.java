package dev.text2image.nn.speed;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.CompiledModule;
import dev.text2image.nn.graph.Conv2d;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.util.List;

/**
 * Times a convolution and a matrix product on the CPU, traced as in a model: the casts of weights and activations are part of the price.
 * No random numbers are drawn, so that those of the caller stay the same.
 */
final class SpeedProbe implements AutoCloseable {
    private static final int MAX_ROUNDS = 5;
    private static final int MIN_ROUNDS = 2;
    private static final double MAX_SECONDS = 0.3;

    /** From where on a larger measurement would only take long. */
    private static final double HOPELESS = 30;

    private final NDManager manager = Torch.newManager(Device.cpu());
    private final PrecisionSpeed.Work work;
    private final Weights weights;
    private final CompiledModule full;
    private final CompiledModule low;
    private final NDArray input;

    private SpeedProbe(Precision precision, PrecisionSpeed.Work work, int channels, int edge) {
        this.work = work;
        Layers layers = new Layers(channels);
        weights = Weights.create(
                layers, Device.cpu(), Precision.FP32, (owner, name, parameter) -> owner.full(parameter.shape(), 0.01f));
        weights.requireGradients(work == PrecisionSpeed.Work.TRAINING);
        full = CompiledModule.compile(layers, NumberFormats.FP32, 1, layers::forward);
        low = CompiledModule.compile(layers, NumberFormats.autocast(precision), 1, layers::forward);
        input = manager.full(new Shape(Math.max(1, Torch.threads() / 2), channels, edge, edge), 0.5f);
        Autograd.requireGradient(input, work == PrecisionSpeed.Work.TRAINING);
    }

    /** The time that a format takes, divided by that of float32. */
    static double slowdown(Precision precision, PrecisionSpeed.Work work) {
        try (SpeedProbe small = new SpeedProbe(precision, work, 64, 8);
                SpeedProbe large = new SpeedProbe(precision, work, 128, 16)) {
            double slowdown = small.slowdown();
            return slowdown > HOPELESS ? slowdown : large.slowdown();
        }
    }

    /** In turns, so that what else the processor does meets both; the fastest round counts. */
    private double slowdown() {
        seconds(full); // the first pass prepares kernels
        seconds(low);
        double fullSeconds = Double.MAX_VALUE;
        double lowSeconds = Double.MAX_VALUE;
        double spent = 0;
        for (int round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || spent < MAX_SECONDS); round++) {
            double fullRound = seconds(full);
            double lowRound = seconds(low);
            fullSeconds = Math.min(fullSeconds, fullRound);
            lowSeconds = Math.min(lowSeconds, lowRound);
            spent += fullRound + lowRound;
        }
        return lowSeconds / fullSeconds;
    }

    private double seconds(CompiledModule module) {
        long start = System.nanoTime();
        if (work == PrecisionSpeed.Work.INFERENCE) {
            module.run(manager, weights, input).close();
        } else {
            try (Autograd.Scope recording = Autograd.record();
                    ForwardPass pass = module.forward(manager, weights, Checkpointing.NONE, input);
                    NDArray loss = pass.output().sum()) {
                pass.backward(loss);
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        full.close();
        low.close();
        weights.close();
        manager.close();
    }

    /** A convolution, then a product over its pixels. */
    private static final class Layers extends Module {
        private final Conv2d convolution;
        private final Linear product;

        Layers(int channels) {
            convolution = child("convolution", Conv2d.size3(channels, channels));
            product = child("product", new Linear(channels, channels, true));
        }

        Tensor forward(List<Tensor> inputs) {
            return Trace.segment(inputs, in -> {
                Tensor rows = convolution.forward(in.get(0)).flatten(2, 3).transpose(1, 2); // (b, h * w, c)
                return product.forward(rows).toFloat32();
            });
        }
    }
}
