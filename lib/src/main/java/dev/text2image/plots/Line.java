package dev.text2image.plots;

import java.util.stream.IntStream;

/**
 * One named line of a chart.
 *
 * @param name the name in the legend
 * @param x the abscissae
 * @param y the ordinates, as many as abscissae; NaN leaves a gap
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier of plot data; never compared.
public record Line(String name, double[] x, double[] y) {
    /**
     * Checks the line.
     *
     * @throws IllegalArgumentException if the line is empty or its two arrays differ in length
     */
    public Line {
        if (x.length != y.length) {
            throw new IllegalArgumentException("Line \"" + name + "\" has " + x.length + " x values and " + y.length
                    + " y values; give one y for each x.");
        }
        if (x.length == 0) {
            throw new IllegalArgumentException("Line \"" + name + "\" has no points; give at least one.");
        }
    }

    /**
     * Makes a line over two arrays.
     *
     * @param name the name in the legend
     * @param x the abscissae
     * @param y the ordinates, as many as abscissae
     * @return the line
     */
    public static Line of(String name, double[] x, double[] y) {
        return new Line(name, x, y);
    }

    /**
     * Makes a line over 0, 1, 2, ...
     *
     * @param name the name in the legend
     * @param y the ordinates
     * @return the line
     */
    public static Line of(String name, double... y) {
        return new Line(name, IntStream.range(0, y.length).asDoubleStream().toArray(), y);
    }
}
