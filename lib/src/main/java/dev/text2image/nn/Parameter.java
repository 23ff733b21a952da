package dev.text2image.nn;

import ai.djl.ndarray.types.Shape;

/** A learned tensor of a module: its shape and how it starts. Its values are in {@link Weights}. */
public final class Parameter {
    private final Shape shape;
    private final Initializer initializer;

    Parameter(Shape shape, Initializer initializer) {
        this.shape = shape;
        this.initializer = initializer;
    }

    /**
     * Returns the shape.
     *
     * @return the shape, as in the hub's weight files
     */
    public Shape shape() {
        return shape;
    }

    /**
     * Returns how new values are drawn.
     *
     * @return the initializer
     */
    public Initializer initializer() {
        return initializer;
    }
}
