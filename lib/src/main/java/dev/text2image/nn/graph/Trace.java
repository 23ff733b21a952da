package dev.text2image.nn.graph;

import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Parameter;
import dev.text2image.nn.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what a module does to symbolic tensors, as TorchScript.
 *
 * <p>The work is divided into segments ({@link #segment}); each becomes a method of its own, and gradient checkpointing
 * recomputes one at a time. A {@code forward} method that calls them all is written at the end.
 */
public final class Trace {
    /**
     * One call in the straight line of a traced model: values are numbered, the model's inputs first. The lines of its code name
     * the inputs {@code a0}, {@code a1}, ...; the result is one of its variables.
     */
    record Segment(String method, List<Integer> inputs, int output, boolean large, List<Line> lines, String result) {}

    /** A line of traced code: a variable for each result of a call, all of one shape. */
    record Line(List<String> variables, Expression.Call call) {
        @Override
        public String toString() {
            return String.join(", ", variables) + " = " + call;
        }
    }

    /** The name of the list that the weights of adapters are passed in. */
    private static final String ADAPTER_LIST = "u";

    /**
     * Leaves out a share of the numbers, and enlarges the others to make up for it (Srivastava et al., 2014). What is left out in a row
     * depends on the row's seed and the number of the layer, not on the other rows, the thread, the device or what was drawn before.
     */
    private static final String DROPOUT = """
            def dropout(self, x: Tensor, share: float, seeds: Tensor, layer: int) -> Tensor:
              kept = torch.empty_like(x, device=torch.device("cpu"), memory_format=0)
              for i in range(torch.len(seeds)):
                seed = torch.add(int(torch.select(seeds, 0, i)), layer)
                source = torch.Generator(device=torch.device("cpu"), seed=seed)
                _0 = torch.bernoulli_(torch.select(kept, 0, i), torch.sub(1., share), generator=source)
              scale = torch.to(torch.div_(kept, torch.sub(1., share)), ops.prim.device(x))
              return torch.mul(x, scale)
            """;

    /** The name of the seeds, one for each row. */
    private static final String SEEDS = "r";

    private final NumberFormats formats;
    private final @Nullable Adapters adapters;
    private final boolean training;
    private final Map<Parameter, Expression.Weight> weights = new HashMap<>();
    private final List<Segment> segments = new ArrayList<>();
    private final StringBuilder source = new StringBuilder();
    private final int inputCount;
    private int valueCount;
    private @Nullable Body body;

    private Trace(Module module, @Nullable Adapters adapters, boolean training, NumberFormats formats, int inputCount) {
        this.adapters = adapters;
        this.training = training;
        this.formats = formats;
        this.inputCount = inputCount;
        this.valueCount = inputCount;
        declare("w", module);
        if (adapters != null) {
            declare(ADAPTER_LIST, adapters);
        }
    }

    private void declare(String list, Module module) {
        int place = 0;
        for (Parameter parameter : module.namedParameters().values()) {
            weights.put(parameter, new Expression.Weight(list, place++, weights.size()));
        }
    }

    /**
     * Runs a module's code once.
     *
     * @param module owner of all parameters that the code uses
     * @param adapters the adapters of its layers, or null
     * @param training whether the adapters leave some of their inputs out
     * @param formats the number formats; the adapters' weights are float32
     * @param inputCount how many tensors the code takes
     * @param forward the code: a chain of segments from the inputs to the output
     * @return the finished trace
     */
    static Trace of(
            Module module,
            @Nullable Adapters adapters,
            boolean training,
            NumberFormats formats,
            int inputCount,
            Function<List<Tensor>, Tensor> forward) {
        Trace trace = new Trace(module, adapters, training, formats, inputCount);
        List<Tensor> inputs =
                IntStream.range(0, inputCount).mapToObj(trace::input).toList();
        Tensor output = forward.apply(inputs);
        trace.writeForward(output);
        return trace;
    }

    /**
     * Traces a part of the model as a unit of gradient checkpointing.
     *
     * @param inputs tensors made by other segments, or the model's inputs; all must come from the same trace
     * @param code the part; it may use only the tensors it is given
     * @return the part's output
     */
    public static Tensor segment(List<Tensor> inputs, Function<List<Tensor>, Tensor> code) {
        return inputs.get(0).trace().addSegment(false, inputs, code);
    }

    /**
     * Traces a part of the model that stores much for the work it does, and is computed again also under
     * {@link Checkpointing#SELECTIVE}.
     *
     * @param inputs as {@link #segment}
     * @param code the part; it may use only the tensors it is given
     * @return the part's output
     */
    public static Tensor largeSegment(List<Tensor> inputs, Function<List<Tensor>, Tensor> code) {
        return inputs.get(0).trace().addSegment(true, inputs, code);
    }

    /**
     * Turns a tensor into the format of matrix work, for a value that many layers take.
     *
     * @param x a tensor made by other segments, or an input of the model
     * @return the same numbers, rounded
     */
    public static Tensor forMatrices(Tensor x) {
        Trace trace = x.trace();
        return trace.formats.matrices() == Precision.FP32 ? x : segment(List.of(x), in -> trace.compute(in.get(0)));
    }

    private Tensor addSegment(boolean large, List<Tensor> inputs, Function<List<Tensor>, Tensor> code) {
        if (body != null) {
            throw new IllegalStateException("A segment was opened inside another one.");
        }
        Body current = new Body();
        body = current;
        String method = "s" + segments.size();
        List<Tensor> arguments = IntStream.range(0, inputs.size())
                .mapToObj(i -> variable("a" + i, inputs.get(i).format()))
                .toList();
        Tensor result = code.apply(arguments);
        body = null;
        String written = current.lines.stream().map(line -> "  " + line + "\n").collect(Collectors.joining());
        writeMethod(method, arguments, written + "  return [" + result.expression() + "]\n");
        Tensor output = variable("v" + valueCount++, result.format());
        List<Integer> numbers = inputs.stream().map(Trace::index).toList();
        List<Line> lines = List.copyOf(current.lines);
        segments.add(new Segment(
                method,
                numbers,
                index(output),
                large,
                lines,
                result.expression().toString()));
        return output;
    }

    private void writeForward(Tensor output) {
        StringBuilder calls = new StringBuilder();
        for (Segment segment : segments) {
            String arguments = segment.inputs().stream().map(i -> ", v" + i).collect(Collectors.joining());
            calls.append("  v%d = (self).%s(w%s%s)[0]\n"
                    .formatted(
                            segment.output(),
                            segment.method(),
                            (adapters == null ? "" : ", " + ADAPTER_LIST) + (isRandom() ? ", " + SEEDS : ""),
                            arguments));
        }
        List<Tensor> inputs =
                IntStream.range(0, inputCount).mapToObj(this::input).toList();
        writeMethod("forward", inputs, calls + "  return [" + output.expression() + "]\n");
    }

    private void writeMethod(String name, List<Tensor> arguments, String lines) {
        String signature = arguments.stream()
                .map(argument -> ", " + argument.expression() + ": Tensor")
                .collect(Collectors.joining());
        String lists = adapters == null ? "w: List[Tensor]" : "w: List[Tensor], " + ADAPTER_LIST + ": List[Tensor]";
        lists += isRandom() ? ", " + SEEDS + ": Tensor" : "";
        source.append("def %s(self, %s%s) -> List[Tensor]:\n".formatted(name, lists, signature));
        source.append(lines);
    }

    /** What the caller passes may have any format. */
    private Tensor input(int index) {
        return variable("v" + index, null);
    }

    private Tensor variable(String name, @Nullable Precision format) {
        return new Tensor(this, new Expression.Name(name), format);
    }

    private static int index(Tensor value) {
        return Integer.parseInt(value.expression().toString().substring(1));
    }

    /** Writes a line that calls one of torch's operations; its result is a tensor. */
    Tensor emit(String operation, Object... arguments) {
        return emitIn(widest(tensors(arguments)), operation, arguments);
    }

    /** The same for an operation whose result has a format of its own. */
    Tensor emitIn(@Nullable Precision format, String operation, Object... arguments) {
        return emit(1, format, operation, arguments).get(0);
    }

    /** The same for an operation with several results: one call for all of them, for its gradient is one call too. */
    List<Tensor> emitSeveral(int results, String operation, Object... arguments) {
        return emit(results, widest(tensors(arguments)), operation, arguments);
    }

    private List<Tensor> emit(int results, @Nullable Precision format, String operation, Object... arguments) {
        Body current = body();
        List<String> variables = IntStream.range(0, results)
                .mapToObj(i -> "x" + (current.variableCount + i))
                .toList();
        current.variableCount += results;
        current.lines.add(new Line(variables, Expression.call(operation, arguments)));
        return variables.stream().map(variable -> variable(variable, format)).toList();
    }

    private static Stream<Tensor> tensors(Object... arguments) {
        return Arrays.stream(arguments)
                .flatMap(argument -> argument instanceof List<?> list ? list.stream() : Stream.of(argument))
                .filter(Tensor.class::isInstance)
                .map(Tensor.class::cast);
    }

    /** The format in which torch computes with several; null if one of them is not known. */
    private static @Nullable Precision widest(Stream<Tensor> tensors) {
        List<@Nullable Precision> formats =
                tensors.<@Nullable Precision>map(Tensor::format).distinct().toList();
        return formats.size() == 1 ? formats.get(0) : formats.contains(null) ? null : Precision.FP32;
    }

    Tensor parameter(Parameter parameter) {
        Expression.Weight weight = weights.get(parameter);
        if (weight == null) {
            throw new IllegalArgumentException(
                    "A parameter of shape " + parameter.shape() + " was used that the traced module does not declare.");
        }
        return new Tensor(this, weight, weight.list().equals(ADAPTER_LIST) ? Precision.FP32 : formats.weights());
    }

    /** The tensor in the format of matrix work. */
    Tensor compute(Tensor tensor) {
        return formats.matrices() == Precision.FP32 ? tensor : cast(tensor, formats.matrices());
    }

    /** The tensor in the format of norms. */
    Tensor forNorm(Tensor tensor) {
        return formats.matrices() == Precision.FP32 ? tensor : cast(tensor, formats.norms());
    }

    /** Matrix work of a layer, with that of its adapter if it has one. */
    Tensor affine(String operation, Tensor x, Parameter weight, @Nullable Parameter bias, Object... settings) {
        Tensor output = matrixWork(operation, x, weight, bias, settings);
        return adapters == null ? output : adapters.adapt(output, training, operation, x, weight, settings);
    }

    /** Matrix work on an input with a weight and perhaps a bias, in the model's precision. */
    Tensor matrixWork(String operation, Tensor x, Parameter weight, @Nullable Parameter bias, Object... settings) {
        Object shift = bias == null ? Expression.NONE : compute(parameter(bias));
        Tensor factor = compute(parameter(weight));
        boolean pointwise = operation.equals("linear") && weight.shape().dimension() > 2;
        Stream<Object> operands =
                Stream.of(compute(x), pointwise ? factor.flatten(1, 3) : factor, shift); // (out, in, 1, 1)
        return emit(operation, Stream.concat(operands, Arrays.stream(settings)).toArray());
    }

    /** Normalises over groups or sizes. */
    Tensor norm(String operation, Tensor x, Object over, Parameter weight, Parameter bias, double epsilon) {
        return emit(operation, forNorm(x), over, forNorm(parameter(weight)), forNorm(parameter(bias)), epsilon, true);
    }

    Tensor dropout(Tensor x, double share, int layer) {
        return emit("dropout", x, share, new Expression.Constant(SEEDS), layer);
    }

    Tensor cast(Tensor tensor, Precision target) {
        if (tensor.format() == target) {
            return tensor;
        }
        String key = tensor.expression() + ":" + target;
        return body().casts.computeIfAbsent(key, k -> emitIn(target, "to", tensor, target.scalarType()));
    }

    private Body body() {
        if (body == null) {
            throw new IllegalStateException("Operations must be inside a segment.");
        }
        return body;
    }

    /** Whether the adapters draw random numbers. */
    boolean isRandom() {
        return training && adapters != null && adapters.isRandom();
    }

    /** Whether a segment computes with a weight that is trained: with adapters, only those are. */
    boolean trains(Segment segment) {
        return parameters(segment)
                .anyMatch(weight -> adapters == null || weight.list().equals(ADAPTER_LIST));
    }

    /** The places of the module's own weights that a segment computes with. */
    IntStream weights(Segment segment) {
        return parameters(segment)
                .filter(weight -> !weight.list().equals(ADAPTER_LIST))
                .mapToInt(Expression.Weight::place)
                .distinct();
    }

    private static Stream<Expression.Weight> parameters(Segment segment) {
        return segment.lines().stream()
                .flatMap(line -> line.call().arguments().stream())
                .filter(Expression.Weight.class::isInstance)
                .map(Expression.Weight.class::cast);
    }

    /** The values, but for the model's inputs, that no segment needs behind this one. */
    Stream<Integer> lastUsed(Segment segment) {
        List<Segment> later = segments.subList(segments.indexOf(segment) + 1, segments.size());
        return segment.inputs().stream()
                .distinct()
                .filter(i -> i >= inputCount
                        && later.stream().noneMatch(other -> other.inputs().contains(i)));
    }

    List<Segment> segments() {
        return segments;
    }

    int valueCount() {
        return valueCount;
    }

    String source() {
        return (isRandom() ? DROPOUT : "") + (has("conv2d") ? Conv2d.SCRIPT : "") + source;
    }

    private boolean has(String operation) {
        return segments.stream()
                .flatMap(segment -> segment.lines().stream())
                .anyMatch(line -> line.call().operation().equals(operation));
    }

    /** The method being written. */
    private static final class Body {
        private final List<Line> lines = new ArrayList<>();
        private final Map<String, Tensor> casts = new HashMap<>();
        private int variableCount;
    }
}
