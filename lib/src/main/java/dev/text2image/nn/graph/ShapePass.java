package dev.text2image.nn.graph;

import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.TracedOperation.Storage;
import dev.text2image.nn.graph.TracedOperation.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A walk through the segments of a traced module over shapes instead of numbers. */
final class ShapePass {
    private final List<Value> parameters;
    private final List<Value> values;
    private final List<TracedOperations.Run> runs = new ArrayList<>();

    /**
     * Walks.
     *
     * @param module owner of the parameters, all of which are trained unless it has adapters
     * @param adapters its adapters, or null
     * @param format the number format that the module's weights are kept in
     * @param trace its trace
     * @param cut whether each segment starts with leaves of its own, as with gradient checkpointing
     * @param inputs the shapes of the inputs
     */
    ShapePass(Module module, @Nullable Adapters adapters, Precision format, Trace trace, boolean cut, Shape... inputs) {
        Stream<Value> own = adapters == null
                ? values(module, format, true)
                : Stream.concat(values(module, format, false), values(adapters, Precision.FP32, true));
        parameters = own.toList();
        values = new ArrayList<>();
        for (Shape shape : inputs) {
            List<Long> sizes = Arrays.stream(shape.getShape()).boxed().toList();
            values.add(Value.create(sizes, Precision.FP32.scalarType(), false));
        }
        for (Trace.Segment segment : trace.segments()) {
            List<Value> arguments = segment.inputs().stream().map(values::get).toList();
            TracedOperations.Run run = TracedOperations.of(segment, parameters, arguments);
            runs.add(run);
            Value output = run.output();
            values.add(cut ? Value.create(output.shape(), output.scalarType(), output.hasGradient()) : output);
        }
    }

    private static Stream<Value> values(Module module, Precision format, boolean trained) {
        return module.namedParameters().values().stream()
                .map(parameter -> Value.parameter(parameter.shape().getShape(), format, trained));
    }

    /** The inputs and the outputs of the segments, as the trace numbers them. */
    List<Value> values() {
        return values;
    }

    List<TracedOperations.Run> runs() {
        return runs;
    }

    List<TracedOperation> operations() {
        return runs.stream().flatMap(run -> run.operations().stream()).toList();
    }

    Value output() {
        return values.get(values.size() - 1);
    }

    long bytes(int value) {
        return values.get(value).storage().bytes();
    }

    /** What the last operation of each block gives: an operation without parameters belongs to the block before it. */
    Map<String, List<Long>> outputsOfBlocks(Module module, UnaryOperator<String> blockOf) {
        Map<Storage, String> blocks = new HashMap<>();
        Iterator<String> names = module.namedParameters().keySet().iterator();
        parameters.forEach(parameter -> blocks.put(parameter.storage(), blockOf.apply(names.next())));
        Map<String, List<Long>> outputs = new LinkedHashMap<>();
        for (TracedOperations.Run run : runs) {
            String block = ""; // what a segment does before its first parameter is not yet of a block
            for (TracedOperation operation : run.operations()) {
                for (Value read : operation.reads()) {
                    block = blocks.getOrDefault(read.storage(), block);
                }
                outputs.put(block, operation.result().shape());
            }
        }
        outputs.remove("");
        return outputs;
    }
}
