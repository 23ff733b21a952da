package dev.text2image.nn.graph;

/**
 * One dimension of a symbolic tensor's shape, known when the traced code runs.
 *
 * @param expression the number in traced code
 */
public record Dim(Expression expression) {
    /**
     * Makes a dimension of known size.
     *
     * @param size the size, or -1 for the one that follows from the others
     * @return the dimension
     */
    public static Dim of(long size) {
        return new Dim(new Expression.Constant(size));
    }
}
