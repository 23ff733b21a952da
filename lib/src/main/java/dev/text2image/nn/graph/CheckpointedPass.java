package dev.text2image.nn.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A training pass that stores the outputs of some segments and computes what is inside of them again.
 *
 * <p>The outputs of each {@link PassUnit} are leaves of the graph, cut off from what made them. On the way back the units are taken in
 * reverse, each is given the gradients that its outputs have gathered, and those that were not recorded are run again first. As leaves
 * add up their gradients, a value that is used several times, as by skip connections, needs no special care.
 */
final class CheckpointedPass implements ForwardPass {
    private final CompiledModule module;
    private final NDManager manager;
    private final List<TensorList> weights;
    private final NDArray[] inputs;
    private final List<PassUnit> units;
    /** What other units see of each value. */
    private final @Nullable NDArray[] leaves;
    /** The values of recorded units, with their history. */
    private final @Nullable NDArray[] recorded;

    private final NDArray output;
    /** What the random numbers of each row come from, so that a segment draws the same when it is run again. */
    private final @Nullable NDArray seeds;

    CheckpointedPass(
            CompiledModule module,
            NDManager manager,
            List<TensorList> weights,
            Checkpointing checkpointing,
            @Nullable NDArray seeds,
            NDArray... inputs) {
        this.module = module;
        this.manager = manager;
        this.weights = weights;
        this.inputs = inputs;
        this.seeds = seeds;
        this.units = PassUnit.of(module.trace().segments(), checkpointing);
        this.leaves = new NDArray[module.trace().valueCount()];
        this.recorded = new NDArray[leaves.length];
        for (int i = 0; i < inputs.length; i++) {
            leaves[i] = leafOf(inputs[i], Autograd.requiresGradient(inputs[i]));
        }
        units.forEach(this::run);
        this.output = value(recorded, units.get(units.size() - 1).outputs().get(0));
    }

    private NDArray leafOf(NDArray value, boolean required) {
        NDArray leaf = Autograd.detach(value);
        leaf.attach(manager);
        Autograd.requireGradient(leaf, required);
        return leaf;
    }

    private void run(PassUnit unit) {
        if (unit.recomputed()) {
            try (Autograd.Scope pause = Autograd.pause()) {
                Trace.Segment segment = unit.segments().get(0);
                NDArray value = call(manager, segment);
                Autograd.requireGradient(value, needsGradient(segment));
                leaves[unit.outputs().get(0)] = value;
            }
        } else {
            try (Autograd.Scope recording = Autograd.record()) {
                unit.segments().forEach(segment -> recorded[segment.output()] = call(manager, segment));
            }
            unit.outputs().forEach(index -> {
                NDArray value = value(recorded, index);
                leaves[index] = leafOf(value, Autograd.requiresGradient(value));
            });
        }
    }

    /** Frozen segments before the first trained weight pass no gradient on. */
    private boolean needsGradient(Trace.Segment segment) {
        return module.trace().trains(segment)
                || segment.inputs().stream().anyMatch(i -> Autograd.requiresGradient(value(leaves, i)));
    }

    /** Within a recorded unit values keep their history; those of other units are seen as leaves. */
    private NDArray call(NDManager owner, Trace.Segment segment) {
        NDArray[] arguments = segment.inputs().stream()
                .map(i -> value(leaves[i] == null ? recorded : leaves, i))
                .toArray(NDArray[]::new);
        return module.call(owner, segment.method(), weights, seeds, arguments);
    }

    private static NDArray value(@Nullable NDArray[] values, int index) {
        NDArray value = values[index];
        if (value == null) {
            throw new IllegalStateException("The value v" + index + " is used before it is computed.");
        }
        return value;
    }

    @Override
    public NDArray output() {
        return output;
    }

    @Override
    public void backward(NDArray loss, double scale) {
        Autograd.backward(loss, scale);
        for (int i = units.size() - 2; i >= 0; i--) {
            backward(units.get(i));
        }
        for (int i = 0; i < inputs.length; i++) {
            passOn(inputs[i], value(leaves, i));
        }
    }

    private void backward(PassUnit unit) {
        try (Autograd.Scope recording = Autograd.record();
                NDManager scratch = manager.newSubManager()) {
            List<NDArray> outputs = new ArrayList<>();
            List<NDArray> gradients = new ArrayList<>();
            for (int index : unit.outputs()) {
                NDArray leaf = value(leaves, index);
                NDArray gradient = Autograd.gradient(leaf);
                if (gradient != null) { // else the loss does not depend on it
                    gradient.attach(scratch);
                    gradients.add(gradient);
                    outputs.add(
                            unit.recomputed() ? call(scratch, unit.segments().get(0)) : value(recorded, index));
                }
                leaf.close();
            }
            Autograd.backward(outputs, gradients);
        }
        unit.segments().forEach(segment -> free(recorded[segment.output()]));
    }

    private static void free(@Nullable NDArray value) {
        if (value != null) {
            value.close();
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
