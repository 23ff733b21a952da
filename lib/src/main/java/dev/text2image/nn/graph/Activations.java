package dev.text2image.nn.graph;

import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.TracedOperation.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a pass through a module needs beside weights, inputs and gradients of weights, found by running its traced code over
 * shapes: what each operation makes, what autograd keeps of it (torch, derivatives.yaml), and when each tensor is freed. Workspaces
 * inside operations are not known and not counted, nor what a convolution of small maps keeps of its input on a processor, at most an
 * eighth of its weight.
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
     * @param module owner of the parameters, all of which are trained unless it has adapters
     * @param adapters its adapters, the only parameters that are trained then, in float32, or null
     * @param formats the number formats
     * @param forward the module's code over symbolic tensors, a chain of segments
     * @param inputs the shapes of the inputs
     * @return the memory
     */
    public static Activations of(
            Module module,
            @Nullable Adapters adapters,
            NumberFormats formats,
            Function<List<Tensor>, Tensor> forward,
            Shape... inputs) {
        Trace trace = Trace.of(module, adapters, true, formats, inputs.length, forward);
        ShapePass whole = new ShapePass(module, adapters, formats.weights(), trace, false, inputs);
        ShapePass parts = new ShapePass(module, adapters, formats.weights(), trace, true, inputs);
        return new Activations(
                PassMemory.inference(whole.operations(), whole.output()),
                PassMemory.training(whole.operations(), whole.output()),
                checkpointed(parts, trace.segments()),
                layerOutputs(whole.operations()));
    }

    /**
     * Finds the shapes that the blocks of a module give; nothing is computed.
     *
     * @param module owner of the parameters
     * @param blockOf gives the name of the block that a parameter belongs to, from the parameter's key
     * @param forward the module's code over symbolic tensors, a chain of segments
     * @param inputs the shapes of the inputs
     * @return the shape of each block's output, in the order of the pass
     */
    public static Map<String, List<Long>> outputsOfBlocks(
            Module module, UnaryOperator<String> blockOf, Function<List<Tensor>, Tensor> forward, Shape... inputs) {
        Trace trace = Trace.of(module, null, false, NumberFormats.FP32, inputs.length, forward);
        return new ShapePass(module, null, Precision.FP32, trace, false, inputs).outputsOfBlocks(module, blockOf);
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

    /** As {@link CheckpointedPass} goes: the outputs of the segments, and one segment at a time on the way back. */
    private static long checkpointed(ShapePass pass, List<Trace.Segment> segments) {
        long outputs = 0;
        long peak = 0;
        for (int i = 0; i < segments.size() - 1; i++) {
            TracedOperations.Run run = pass.runs().get(i);
            peak = Math.max(peak, outputs + PassMemory.inference(run.operations(), run.output()));
            outputs += run.output().storage().bytes();
        }
        boolean[] gradient = new boolean[pass.values().size()];
        long gradients = 0;
        for (int i = segments.size() - 1; i >= 0; i--) {
            TracedOperations.Run run = pass.runs().get(i);
            peak = Math.max(peak, outputs + gradients + PassMemory.training(run.operations(), run.output()));
            for (int input : segments.get(i).inputs()) {
                Value value = pass.values().get(input);
                gradients += gradient[input] || !value.hasGradient() ? 0 : pass.bytes(input);
                gradient[input] = true;
            }
            int output = segments.get(i).output();
            gradients -= gradient[output] ? pass.bytes(output) : 0;
            outputs -= i < segments.size() - 1 ? pass.bytes(output) : 0;
        }
        return peak;
    }
}
