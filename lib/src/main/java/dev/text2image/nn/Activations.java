package dev.text2image.nn;

import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.TracedOperation.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The memory that a pass through a module needs beside weights, inputs and gradients of weights, found by running its traced code over
 * shapes: what each operation makes, what autograd keeps of it (torch, derivatives.yaml), and when each tensor is freed. Workspaces
 * inside operations are not known and not counted.
 *
 * @param inference largest size of a pass without gradients in bytes
 * @param training largest size of a pass forward and back in bytes
 * @param checkpointed largest size of a pass forward and back with gradient checkpointing in bytes
 * @param layerOutputs the numbers in the outputs of all layers with weights, for a comparison with other implementations
 */
public record Activations(long inference, long training, long checkpointed, long layerOutputs) {
    /**
     * Computes the memory; nothing is allocated.
     *
     * @param module owner of the parameters, all of which are trained
     * @param precision the number format of matrix work
     * @param forward the module's code over symbolic tensors, a chain of segments
     * @param inputs the shapes of the inputs
     * @return the memory
     */
    public static Activations of(
            Module module, Precision precision, Function<List<Tensor>, Tensor> forward, Shape... inputs) {
        Trace trace = Trace.of(module, precision, inputs.length, forward);
        List<Value> parameters = module.namedParameters().values().stream()
                .map(parameter -> Value.parameter(parameter.shape().getShape(), true))
                .toList();
        List<Value> values = Arrays.stream(inputs)
                .map(shape -> Value.create(
                        Arrays.stream(shape.getShape()).boxed().toList(), Precision.FP32.scalarType(), false))
                .toList();
        Pass whole = new Pass(parameters, values, false).run(trace);
        Pass parts = new Pass(parameters, values, true).run(trace);
        return new Activations(
                PassMemory.inference(whole.operations, whole.output()),
                PassMemory.training(whole.operations, whole.output()),
                parts.checkpointed(trace.segments()),
                layerOutputs(whole.operations));
    }

    /**
     * Returns the memory of a pass forward and back.
     *
     * @param checkpointing what is computed again; for {@link Checkpointing#SELECTIVE} four fifths of what full checkpointing saves
     *     are taken off, as was measured on UNets
     * @return size in bytes
     */
    public long training(Checkpointing checkpointing) {
        return switch (checkpointing) {
            case NONE -> training;
            case SELECTIVE -> training - (training - checkpointed) * 4 / 5;
            case FULL -> checkpointed;
        };
    }

    private static long layerOutputs(List<TracedOperation> operations) {
        Set<TracedOperation.Storage> casts = new HashSet<>();
        long elements = 0;
        for (TracedOperation operation : operations) {
            boolean weighted = operation.reads().stream()
                    .anyMatch(read -> read.storage().isParameter() || casts.contains(read.storage()));
            if (weighted && operation.reads().size() == 1) {
                casts.add(operation.result().storage());
            } else if (weighted && operation.allocates()) {
                elements += operation.result().elements();
            }
        }
        return elements;
    }

    /** A walk through the segments. */
    private static final class Pass {
        private final List<Value> parameters;
        private final List<Value> values;
        private final boolean cut;
        private final List<TracedOperation> operations = new ArrayList<>();
        private final List<TracedOperations.Run> runs = new ArrayList<>();

        Pass(List<Value> parameters, List<Value> inputs, boolean cut) {
            this.parameters = parameters;
            this.values = new ArrayList<>(inputs);
            this.cut = cut;
        }

        Pass run(Trace trace) {
            for (Trace.Segment segment : trace.segments()) {
                List<Value> arguments =
                        segment.inputs().stream().map(values::get).toList();
                TracedOperations.Run run = TracedOperations.of(segment, parameters, arguments);
                runs.add(run);
                operations.addAll(run.operations());
                Value output = run.output();
                values.add(cut ? Value.create(output.shape(), output.scalarType(), true) : output);
            }
            return this;
        }

        Value output() {
            return values.get(values.size() - 1);
        }

        /** As {@link CheckpointedPass} goes: the outputs of the segments, and one segment at a time on the way back. */
        long checkpointed(List<Trace.Segment> segments) {
            long outputs = 0;
            long peak = 0;
            for (int i = 0; i < segments.size() - 1; i++) {
                TracedOperations.Run run = runs.get(i);
                peak = Math.max(peak, outputs + PassMemory.inference(run.operations(), run.output()));
                outputs += run.output().storage().bytes();
            }
            boolean[] gradient = new boolean[values.size()];
            long gradients = 0;
            for (int i = segments.size() - 1; i >= 0; i--) {
                TracedOperations.Run run = runs.get(i);
                peak = Math.max(peak, outputs + gradients + PassMemory.training(run.operations(), run.output()));
                for (int input : segments.get(i).inputs()) {
                    gradients += gradient[input] || !values.get(input).hasGradient() ? 0 : bytes(input);
                    gradient[input] = true;
                }
                int output = segments.get(i).output();
                gradients -= gradient[output] ? bytes(output) : 0;
                outputs -= i < segments.size() - 1 ? bytes(output) : 0;
            }
            return peak;
        }

        private long bytes(int value) {
            return values.get(value).storage().bytes();
        }
    }
}
