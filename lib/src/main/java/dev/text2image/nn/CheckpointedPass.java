package dev.text2image.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A training pass that stores the outputs of the segments and nothing else.
 *
 * <p>The outputs are leaves of the graph, cut off from what made them. On the way back each segment is computed again with
 * recording on and is given the gradient that its output has gathered; as leaves add up their gradients, a value that is used
 * several times, as by skip connections, needs no special care.
 */
final class CheckpointedPass implements ForwardPass {
    private final CompiledModule module;
    private final NDManager manager;
    private final Weights weights;
    private final NDArray[] inputs;
    private final NDArray[] values;
    private final NDArray output;

    CheckpointedPass(CompiledModule module, NDManager manager, Weights weights, NDArray... inputs) {
        this.module = module;
        this.manager = manager;
        this.weights = weights;
        this.inputs = inputs;
        this.values = new NDArray[module.trace().valueCount()];
        for (int i = 0; i < inputs.length; i++) {
            values[i] = leafOf(inputs[i]);
        }
        List<Trace.Segment> segments = module.trace().segments();
        try (Autograd.Scope pause = Autograd.pause()) {
            for (Trace.Segment segment : segments.subList(0, segments.size() - 1)) {
                NDArray value = call(manager, segment);
                Autograd.requireGradient(value, true);
                values[segment.output()] = value;
            }
        }
        // The last segment is recorded at once: the way back would compute it again right away.
        try (Autograd.Scope recording = Autograd.record()) {
            output = call(manager, segments.get(segments.size() - 1));
        }
    }

    private NDArray leafOf(NDArray input) {
        NDArray leaf = Autograd.detach(input);
        leaf.attach(manager);
        Autograd.requireGradient(leaf, Autograd.requiresGradient(input));
        return leaf;
    }

    private NDArray call(NDManager owner, Trace.Segment segment) {
        NDArray[] arguments = segment.inputs().stream().map(i -> values[i]).toArray(NDArray[]::new);
        return module.call(owner, segment.method(), weights, arguments);
    }

    @Override
    public NDArray output() {
        return output;
    }

    @Override
    public void backward(NDArray loss, double scale) {
        Autograd.backward(loss, scale);
        List<Trace.Segment> segments = module.trace().segments();
        for (int i = segments.size() - 2; i >= 0; i--) {
            Trace.Segment segment = segments.get(i);
            NDArray value = values[segment.output()];
            recompute(segment, Autograd.gradient(value));
            value.close();
        }
        for (int i = 0; i < inputs.length; i++) {
            passOn(inputs[i], values[i]);
        }
    }

    private void recompute(Trace.Segment segment, @Nullable NDArray gradient) {
        if (gradient == null) {
            return; // the loss does not depend on this segment
        }
        try (Autograd.Scope recording = Autograd.record();
                NDManager scratch = manager.newSubManager()) {
            gradient.attach(scratch);
            Autograd.backward(call(scratch, segment), gradient);
        }
    }

    private static void passOn(NDArray input, NDArray leaf) {
        if (!Autograd.requiresGradient(input)) {
            return;
        }
        try (NDArray gradient = Autograd.gradient(leaf)) {
            if (gradient != null) {
                Autograd.backward(input, gradient);
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
