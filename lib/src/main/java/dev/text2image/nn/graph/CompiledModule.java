package dev.text2image.nn.graph;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.TorchScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A traced module, ready to run natively with any weights of its shape. */
public final class CompiledModule implements AutoCloseable {
    private final Trace trace;
    private final TorchScript script;

    private CompiledModule(Trace trace) {
        this.trace = trace;
        this.script = TorchScript.compile(trace.source());
    }

    /**
     * Traces and compiles a module.
     *
     * @param module owner of the parameters
     * @param formats the number formats
     * @param inputCount how many tensors {@code forward} takes
     * @param forward the module's code over symbolic tensors, a chain of segments
     * @return the compiled module, to be closed by the caller
     */
    public static CompiledModule compile(
            Module module, NumberFormats formats, int inputCount, Function<List<Tensor>, Tensor> forward) {
        return new CompiledModule(Trace.of(module, null, false, formats, inputCount, forward));
    }

    /**
     * Traces and compiles a module whose layers have adapters; its passes take two sets of weights, the module's and the adapters', and
     * gradients are gathered for the adapters' alone.
     *
     * @param module owner of the parameters
     * @param adapters the adapters
     * @param training whether the adapters leave some of their inputs out
     * @param formats the number formats; the adapters' weights are float32
     * @param inputCount how many tensors {@code forward} takes
     * @param forward the module's code over symbolic tensors, a chain of segments
     * @return the compiled module, to be closed by the caller
     */
    public static CompiledModule compile(
            Module module,
            Adapters adapters,
            boolean training,
            NumberFormats formats,
            int inputCount,
            Function<List<Tensor>, Tensor> forward) {
        return new CompiledModule(Trace.of(module, adapters, training, formats, inputCount, forward));
    }

    /**
     * Runs the module without gradients.
     *
     * @param manager owner of the result
     * @param weights the weights
     * @param inputs the inputs
     * @return the output
     */
    public NDArray run(NDManager manager, Weights weights, NDArray... inputs) {
        return run(manager, List.of(weights), inputs);
    }

    /**
     * Runs the module without gradients: in one native call, or a segment at a time if its weights are in files.
     *
     * @param manager owner of the result
     * @param weights the weights, those of adapters last
     * @param inputs the inputs
     * @return the output
     */
    public NDArray run(NDManager manager, List<Weights> weights, NDArray... inputs) {
        try (Autograd.Scope pause = Autograd.pause()) {
            return weights.get(0).areInFiles()
                    ? runSegments(manager, weights, inputs)
                    : call(manager, "forward", lists(weights, Weights::list), null, inputs);
        }
    }

    /** The weights of a segment leave the memory before those of the next one are read. */
    private NDArray runSegments(NDManager manager, List<Weights> weights, NDArray... inputs) {
        List<TensorList> lists = lists(weights, Weights::list);
        List<NDArray> values = new ArrayList<>(List.of(inputs)); // numbered as in the trace
        try (NDManager scratch = manager.newSubManager()) {
            for (Trace.Segment segment : trace.segments()) {
                NDArray[] arguments = segment.inputs().stream().map(values::get).toArray(NDArray[]::new);
                values.add(call(scratch, segment.method(), lists, null, arguments));
                trace.weights(segment).forEach(weights.get(0)::pageOut);
                trace.lastUsed(segment).forEach(i -> values.get(i).close());
            }
            NDArray output = values.get(values.size() - 1);
            output.attach(manager);
            return output;
        }
    }

    /**
     * Starts a training pass; the caller records while it computes a loss from the output.
     *
     * @param manager parent of the memory that the pass uses
     * @param weights the weights
     * @param checkpointing what is stored, and what is computed again on the way back
     * @param inputs the inputs
     * @return the pass, to be closed by the caller
     */
    public ForwardPass forward(NDManager manager, Weights weights, Checkpointing checkpointing, NDArray... inputs) {
        return forward(manager, List.of(weights), checkpointing, new long[0], inputs);
    }

    /**
     * Starts a training pass; the caller records while it computes a loss from the output.
     *
     * @param manager parent of the memory that the pass uses
     * @param weights the weights, those of adapters last
     * @param checkpointing what is stored, and what is computed again on the way back
     * @param rowSeeds seeds of what the rows of the inputs leave out, from 0; without any, libtorch's generator draws them
     * @param inputs the inputs
     * @return the pass, to be closed by the caller
     */
    public ForwardPass forward(
            NDManager manager, List<Weights> weights, Checkpointing checkpointing, long[] rowSeeds, NDArray... inputs) {
        NDManager passManager = manager.newSubManager();
        NDArray seeds = trace.isRandom() ? seeds(passManager, rowSeeds, inputs[0]) : null;
        List<TensorList> leaves = lists(weights, Weights::leafList);
        if (checkpointing != Checkpointing.NONE) {
            return new CheckpointedPass(this, passManager, leaves, checkpointing, seeds, inputs);
        }
        try (Autograd.Scope recording = Autograd.record()) {
            return new PlainPass(passManager, call(passManager, "forward", leaves, seeds, inputs));
        }
    }

    private static List<TensorList> lists(List<Weights> weights, Function<Weights, TensorList> list) {
        return weights.stream().map(list).toList();
    }

    /** They stay in main memory, where they are read to start generators. */
    private static NDArray seeds(NDManager manager, long[] given, NDArray input) {
        int rows = (int) input.getShape().get(0);
        return manager.newSubManager(Device.cpu()).create(given.length == 0 ? RandomTensors.seeds(rows) : given);
    }

    NDArray call(
            NDManager manager, String method, List<TensorList> weights, @Nullable NDArray seeds, NDArray... inputs) {
        Stream<NDArray> tensors = Stream.concat(Stream.ofNullable(seeds), Arrays.stream(inputs));
        Object[] arguments = Stream.concat(weights.stream(), tensors).toArray();
        return script.call(manager, method, arguments).singletonOrThrow();
    }

    Trace trace() {
        return trace;
    }

    @Override
    public void close() {
        script.close();
    }

    private record PlainPass(NDManager manager, NDArray output) implements ForwardPass {
        @Override
        public void backward(NDArray loss, double scale) {
            Autograd.backward(loss, scale);
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
