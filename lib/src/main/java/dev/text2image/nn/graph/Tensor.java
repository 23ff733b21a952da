package dev.text2image.nn.graph;

import dev.text2image.nn.Precision;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value in a model that is being traced: it has no numbers yet, and each operation on it is written down. */
public final class Tensor {
    private final Trace trace;
    private final Expression expression;
    private final @Nullable Precision format;

    Tensor(Trace trace, Expression expression, @Nullable Precision format) {
        this.trace = trace;
        this.expression = expression;
        this.format = format;
    }

    Trace trace() {
        return trace;
    }

    Expression expression() {
        return expression;
    }

    /** The format of its numbers as far as it is known while tracing, so that no cast is written that does nothing; else null. */
    @Nullable
    Precision format() {
        return format;
    }

    /**
     * Adds element by element, with broadcasting.
     *
     * @param other the other term
     * @return the sum
     */
    public Tensor add(Tensor other) {
        return trace.emit("add", this, other);
    }

    /**
     * Multiplies element by element, with broadcasting.
     *
     * @param other the other factor
     * @return the product
     */
    public Tensor mul(Tensor other) {
        return trace.emit("mul", this, other);
    }

    /**
     * Multiplies by a number.
     *
     * @param factor the number
     * @return the product
     */
    public Tensor mul(double factor) {
        return trace.emit("mul", this, factor);
    }

    /**
     * Returns the size of one dimension.
     *
     * @param dimension its index, from the end if negative
     * @return the size
     */
    public Dim size(int dimension) {
        return new Dim(Expression.call("size", this, dimension));
    }

    /**
     * Reorders the dimensions.
     *
     * @param order the old index of each new dimension
     * @return a view
     */
    public Tensor permute(int... order) {
        return trace.emit("permute", this, Arrays.stream(order).boxed().toList());
    }

    /**
     * Swaps two dimensions.
     *
     * @param first index of one
     * @param second index of the other
     * @return a view
     */
    public Tensor transpose(int first, int second) {
        return trace.emit("transpose", this, first, second);
    }

    /**
     * Joins neighbouring dimensions into one.
     *
     * @param first index of the first
     * @param last index of the last
     * @return the reshaped tensor
     */
    public Tensor flatten(int first, int last) {
        return trace.emit("flatten", this, first, last);
    }

    /**
     * Splits one dimension into several.
     *
     * @param dimension index of the dimension
     * @param sizes the new sizes; one may be -1
     * @return a view
     */
    public Tensor unflatten(int dimension, Dim... sizes) {
        return trace.emit("unflatten", this, dimension, List.of(sizes));
    }

    /**
     * Inserts dimensions of size one at the end.
     *
     * @param count how many
     * @return a view
     */
    public Tensor unsqueezeEnd(int count) {
        Tensor result = this;
        for (int i = 0; i < count; i++) {
            result = trace.emit("unsqueeze", result, -1);
        }
        return result;
    }

    /**
     * Divides into equal parts.
     *
     * @param dimension the dimension that is divided
     * @param count into how many parts, at least 2
     * @return views
     */
    public List<Tensor> parts(int dimension, int count) {
        if (count < 2) {
            throw new IllegalArgumentException("A tensor was to be divided into " + count + " parts.");
        }
        return trace.emitSeveral(count, "chunk", this, count, dimension);
    }

    /**
     * Converts to float32, whatever the model's precision.
     *
     * @return the converted tensor
     */
    public Tensor toFloat32() {
        return trace.cast(this, Precision.FP32);
    }
}
