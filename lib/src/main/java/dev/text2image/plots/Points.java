package dev.text2image.plots;

import java.util.Arrays;

/** The points of one series of a live chart. */
final class Points {
    /** More points than this cannot be told apart on the chart, and take long to draw. */
    static final int MAX_DRAWN = 1000;

    private double[] x = new double[64];
    private double[] y = new double[64];
    private int size;

    void add(double nextX, double nextY) {
        if (size == x.length) {
            x = Arrays.copyOf(x, 2 * size);
            y = Arrays.copyOf(y, 2 * size);
        }
        x[size] = nextX;
        y[size++] = nextY;
    }

    double lastX() {
        return x[size - 1];
    }

    double lastY() {
        return y[size - 1];
    }

    Line line(String name) {
        int each = (size + MAX_DRAWN - 1) / MAX_DRAWN;
        return Line.of(name, averages(x, each), averages(y, each));
    }

    private double[] averages(double[] values, int each) {
        var averages = new double[(size + each - 1) / each];
        for (int i = 0; i < averages.length; i++) {
            int end = Math.min(size, (i + 1) * each);
            averages[i] = Arrays.stream(values, i * each, end).average().orElseThrow();
        }
        return averages;
    }
}
