package dev.text2image.nn.graph;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** One expression of traced code; its text is TorchScript. */
sealed interface Expression {
    /** An argument that an operation does without. */
    Expression NONE = new Constant("None");

    /** A variable. */
    record Name(String name) implements Expression {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * A parameter.
     *
     * @param list the list that it is passed in
     * @param place its place in that list
     * @param index its place among the parameters of all lists
     */
    record Weight(String list, int place, int index) implements Expression {
        @Override
        public String toString() {
            return list + "[" + place + "]";
        }
    }

    /** A number, or the text of another constant. */
    record Constant(Object value) implements Expression {
        @Override
        public String toString() {
            return value.toString();
        }
    }

    /** A list of tensors or of sizes. */
    record Items(List<Expression> items) implements Expression {
        @Override
        public String toString() {
            return items.toString();
        }
    }

    /** A keyword argument, on which no shape depends. */
    record Named(String name, Object value) implements Expression {
        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    /** A call of one of torch's operations, or of {@link Trace#DROPOUT} or {@link Conv2d#SCRIPT}. */
    record Call(String operation, List<Expression> arguments) implements Expression {
        @Override
        public String toString() {
            String list = arguments.stream().map(Expression::toString).collect(Collectors.joining(", ", "(", ")"));
            String owner = switch (operation) {
                case "device" -> "ops.prim.";
                case "dropout", "conv2d" -> "(self).";
                default -> "torch.";
            };
            return owner + operation + list;
        }
    }

    /** Calls an operation with tensors, dimensions, numbers, truth values, expressions and lists of them. */
    static Call call(String operation, Object... arguments) {
        return new Call(operation, Arrays.stream(arguments).map(Expression::of).toList());
    }

    private static Expression of(Object argument) {
        if (argument instanceof Expression expression) {
            return expression;
        } else if (argument instanceof Tensor tensor) {
            return tensor.expression();
        } else if (argument instanceof Dim dim) {
            return dim.expression();
        } else if (argument instanceof List<?> list) {
            return new Items(list.stream().map(Expression::of).toList());
        }
        return new Constant(argument instanceof Boolean truth ? (truth ? "True" : "False") : argument);
    }
}
