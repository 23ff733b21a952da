package dev.text2image.nn.graph;

import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.TracedOperation.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Runs traced code over shapes instead of numbers and writes down its operations. */
final class TracedOperations {
    private final List<Value> parameters;
    private final Map<String, Value> variables = new HashMap<>();
    private final List<TracedOperation> operations = new ArrayList<>();

    private TracedOperations(List<Value> parameters) {
        this.parameters = parameters;
    }

    /** A segment's operations and its output. */
    record Run(List<TracedOperation> operations, Value output) {}

    /** Runs a segment on tensors. */
    static Run of(Trace.Segment segment, List<Value> parameters, List<Value> arguments) {
        TracedOperations run = new TracedOperations(parameters);
        for (int i = 0; i < arguments.size(); i++) {
            run.variables.put("a" + i, arguments.get(i));
        }
        for (Trace.Line line : segment.lines()) {
            Value value = run.call(line.call());
            line.variables().forEach(variable -> run.variables.put(variable, value));
        }
        return new Run(run.operations, Objects.requireNonNull(run.variables.get(segment.result())));
    }

    private long number(Expression expression) {
        if (expression instanceof Expression.Call size) {
            return tensors(size.arguments()).get(0).size(integer(size, 1));
        } else if (expression instanceof Expression.Constant constant && constant.value() instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalStateException("Not a number in traced code: " + expression);
    }

    private int integer(Expression.Call call, int argument) {
        return (int) number(call.arguments().get(argument));
    }

    private List<Long> sizes(Expression expression) {
        if (expression instanceof Expression.Items sizes) {
            return sizes.items().stream().map(this::number).toList();
        }
        throw new IllegalStateException("Not a list of sizes in traced code: " + expression);
    }

    /** The tensors among the arguments, those in a list too. */
    private List<Value> tensors(List<Expression> arguments) {
        List<Value> values = new ArrayList<>();
        for (Expression argument : arguments) {
            if (argument instanceof Expression.Items list) {
                values.addAll(tensors(list.items()));
            } else if (argument instanceof Expression.Name name) {
                values.add(Objects.requireNonNull(variables.get(name.name()), name.name()));
            } else if (argument instanceof Expression.Weight weight) {
                values.add(parameters.get(weight.index()));
            }
        }
        return values;
    }

    private Value call(Expression.Call call) {
        List<Value> inputs = tensors(call.arguments());
        return switch (call.operation()) {
            case "permute", "transpose", "flatten", "unflatten", "unsqueeze", "chunk", "slice" -> view(call, inputs);
            case "conv2d" -> record(convolved(call, inputs), inputs, inputs.subList(0, 2), 0, false);
            case "linear" ->
                record(replaced(inputs.get(0), -1, inputs.get(1).size(0)), inputs, factors(inputs), 0, false);
            case "dropout" -> dropped(inputs);
            case "group_norm" -> normed(inputs, inputs.get(0).size(0) * integer(call, 1));
            case "layer_norm" ->
                normed(inputs, inputs.get(0).elements() / inputs.get(0).size(-1));
            case "silu", "gelu", "cos", "sin" -> record(inputs.get(0).shape(), inputs, inputs, 0, false);
            case "mul" -> record(broadcast(inputs), inputs, inputs.size() == 2 ? inputs : List.of(), 0, false);
            case "add" -> record(broadcast(inputs), inputs, List.of(), 0, true);
            case "div" -> record(inputs.get(0).shape(), inputs, List.of(), 0, false);
            case "sigmoid", "exp" -> keepingResult(inputs.get(0).shape(), inputs, List.of(), 0);
            case "scaled_dot_product_attention" -> attention(inputs);
            case "cat" -> record(joined(call, inputs), inputs, List.of(), 0, true);
            case "embedding" -> record(looked(inputs), inputs, inputs.subList(1, 2), 0, false);
            case "upsample_nearest2d" -> record(enlarged(call, inputs.get(0)), inputs, List.of(), 0, false);
            case "constant_pad_nd" -> record(padded(call, inputs.get(0)), inputs, List.of(), 0, false);
            case "arange" -> record(List.of(number(call.arguments().get(0))), List.of(), List.of(), 0, false);
            case "to" -> cast(inputs.get(0), integer(call, 1));
            default ->
                throw new IllegalStateException("The memory of the operation torch." + call.operation()
                        + " is not known; add its shape and what autograd keeps of it to TracedOperations.");
        };
    }

    private Value record(
            List<Long> shape, List<Value> inputs, List<Value> keeps, long keptBytes, boolean passesGradientOn) {
        Value result = make(shape, inputs);
        operations.add(new TracedOperation(result, inputs, keeps, keptBytes, passesGradientOn));
        return result;
    }

    private Value keepingResult(List<Long> shape, List<Value> inputs, List<Value> keeps, long keptBytes) {
        Value result = make(shape, inputs);
        List<Value> all = new ArrayList<>(keeps);
        all.add(result);
        operations.add(new TracedOperation(result, inputs, all, keptBytes, false));
        return result;
    }

    /** A new tensor in the widest type of the inputs. */
    private static Value make(List<Long> shape, List<Value> inputs) {
        int type = Precision.FP32.scalarType();
        boolean allNarrow = !inputs.isEmpty()
                && inputs.stream().noneMatch(input -> input.scalarType() == Precision.FP32.scalarType());
        return Value.create(
                shape,
                allNarrow ? inputs.get(0).scalarType() : type,
                inputs.stream().anyMatch(Value::hasGradient));
    }

    private Value view(Expression.Call call, List<Value> inputs) {
        Value x = inputs.get(0);
        Value result = x.viewed(viewedShape(call, x));
        operations.add(new TracedOperation(result, inputs, List.of(), 0, true));
        return result;
    }

    private List<Long> viewedShape(Expression.Call call, Value x) {
        List<Long> shape = new ArrayList<>(x.shape());
        switch (call.operation()) {
            case "permute" -> {
                return sizes(call.arguments().get(1)).stream()
                        .map(i -> x.size(i.intValue()))
                        .toList();
            }
            case "transpose" -> Collections.swap(shape, integer(call, 1), integer(call, 2));
            case "flatten" -> {
                int first = integer(call, 1);
                List<Long> joined = shape.subList(first, integer(call, 2) + 1);
                long product = Value.elements(joined);
                joined.clear();
                shape.add(first, product);
            }
            case "unflatten" -> {
                int dimension = Math.floorMod(integer(call, 1), shape.size());
                shape.addAll(dimension, complete(sizes(call.arguments().get(2)), shape.remove(dimension)));
            }
            case "unsqueeze" -> shape.add(1L);
            case "chunk" -> {
                int dimension = Math.floorMod(integer(call, 2), shape.size());
                shape.set(
                        dimension,
                        shape.get(dimension) / number(call.arguments().get(1)));
            }
            default -> shape.set(integer(call, 1), number(call.arguments().get(3)));
        }
        return shape;
    }

    private static List<Long> complete(List<Long> sizes, long product) {
        long known = sizes.stream().filter(size -> size >= 0).reduce(1L, Math::multiplyExact);
        return sizes.stream().map(size -> size < 0 ? product / known : size).toList();
    }

    private static List<Long> replaced(Value x, int dimension, long size) {
        List<Long> shape = new ArrayList<>(x.shape());
        shape.set(Math.floorMod(dimension, shape.size()), size);
        return shape;
    }

    /** Each factor of a product is kept for the gradient of the other one, if that is wanted. */
    private static List<Value> factors(List<Value> inputs) {
        List<Value> keeps = new ArrayList<>();
        if (inputs.get(1).hasGradient()) {
            keeps.add(inputs.get(0));
        }
        if (inputs.get(0).hasGradient()) {
            keeps.add(inputs.get(1));
        }
        return keeps;
    }

    /** What is kept and what is not is drawn in the type of the input. */
    private Value dropped(List<Value> inputs) {
        Value x = inputs.get(0);
        return record(x.shape(), inputs, List.of(), x.storage().bytes(), false);
    }

    private List<Long> convolved(Expression.Call call, List<Value> inputs) {
        Value x = inputs.get(0);
        Value weight = inputs.get(1);
        int numbers = call.arguments().size() - 4; // stride, padding, dilation and groups come last
        List<Long> stride = sizes(call.arguments().get(numbers));
        List<Long> padding = sizes(call.arguments().get(numbers + 1));
        long height = (x.size(2) + 2 * padding.get(0) - weight.size(2)) / stride.get(0) + 1;
        long width = (x.size(3) + 2 * padding.get(1) - weight.size(3)) / stride.get(1) + 1;
        return List.of(x.size(0), weight.size(0), height, width);
    }

    private static List<Long> broadcast(List<Value> inputs) {
        List<Long> longest = inputs.stream()
                .map(Value::shape)
                .max(Comparator.comparingInt(List::size))
                .orElseThrow();
        return IntStream.rangeClosed(1, longest.size())
                .mapToObj(i -> inputs.stream()
                        .filter(input -> input.shape().size() > longest.size() - i)
                        .mapToLong(input -> input.size(i - 1 - longest.size()))
                        .max()
                        .orElseThrow())
                .toList();
    }

    /** Mean and deviation of each group are kept, in float32. */
    private Value normed(List<Value> inputs, long groups) {
        return record(inputs.get(0).shape(), inputs, inputs.subList(0, 1), 8 * groups, false);
    }

    /** Scores are never stored: the result and one number for each row are (Dao et al., 2022). */
    private Value attention(List<Value> inputs) {
        Value query = inputs.get(0);
        long rows = query.elements() / query.size(-1);
        return keepingResult(query.shape(), inputs, inputs, 4 * rows);
    }

    private List<Long> joined(Expression.Call call, List<Value> inputs) {
        int dimension = integer(call, 1);
        long sum = inputs.stream().mapToLong(input -> input.size(dimension)).sum();
        return replaced(inputs.get(0), dimension, sum);
    }

    private static List<Long> looked(List<Value> inputs) {
        List<Long> shape = new ArrayList<>(inputs.get(1).shape());
        shape.add(inputs.get(0).size(1));
        return shape;
    }

    private List<Long> enlarged(Expression.Call call, Value x) {
        boolean toSize = call.arguments().size() == 2;
        List<Long> sizes = sizes(call.arguments().get(toSize ? 1 : 2));
        return List.of(
                x.size(0),
                x.size(1),
                toSize ? sizes.get(0) : x.size(2) * sizes.get(0),
                toSize ? sizes.get(1) : x.size(3) * sizes.get(1));
    }

    private List<Long> padded(Expression.Call call, Value x) {
        List<Long> added = sizes(call.arguments().get(1)); // left, right, top, bottom
        return List.of(
                x.size(0), x.size(1), x.size(2) + added.get(2) + added.get(3), x.size(3) + added.get(0) + added.get(1));
    }

    private Value cast(Value x, int scalarType) {
        if (x.scalarType() == scalarType) {
            return x;
        }
        Value result = Value.create(x.shape(), scalarType, x.hasGradient());
        operations.add(new TracedOperation(result, List.of(x), List.of(), 0, false));
        return result;
    }
}
