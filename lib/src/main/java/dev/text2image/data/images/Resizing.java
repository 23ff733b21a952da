package dev.text2image.data.images;

import java.awt.Rectangle;
import java.util.Arrays;

/**
 * Resizes images with the same pixels as Pillow: a horizontal and a vertical convolution with weights in fixed point, rounded to 8
 * bits after each (Pillow, libImaging/Resample.c). Only the part that is asked for is computed.
 */
final class Resizing {
    private static final int HALF = 1 << (FilterWeights.PRECISION_BITS - 1);
    private static final long TWO_HALVES = HALF | ((long) HALF << 32);

    private final RgbImage image;
    private final FilterWeights columns;
    private final FilterWeights rows;
    private final int samples;

    /** Two rows of the source, one in the lower and one in the upper half of each number. */
    private final long[] pair;

    /** Rows after the horizontal convolution, row i at i modulo their number, and how many were computed. */
    private final int[][] ready;

    private int computed;

    private Resizing(RgbImage image, FilterWeights columns, FilterWeights rows) {
        this.image = image;
        this.columns = columns;
        this.rows = rows;
        samples = 3 * columns.length();
        pair = new long[3 * image.width()];
        ready = new int[rows.size() + 2][samples];
    }

    /**
     * Resizes an image and cuts a part out of the result; a size that is already right is left alone.
     *
     * @param window the part, which lies inside the resized image
     */
    static RgbImage resize(RgbImage image, int width, int height, Interpolation interpolation, Rectangle window) {
        if (width == image.width() && height == image.height()) {
            return image.crop(window.x, window.y, window.width, window.height);
        }
        if (interpolation.support() == 0) {
            return nearest(image, width, height, window);
        }
        FilterWeights columns = FilterWeights.of(image.width(), width, interpolation, window.x, window.width);
        FilterWeights rows = FilterWeights.of(image.height(), height, interpolation, window.y, window.height);
        return new Resizing(image, columns, rows).convolve();
    }

    private RgbImage convolve() {
        int[] sums = new int[samples];
        byte[] to = new byte[samples * rows.length()];
        computed = rows.first(0);
        for (int y = 0; y < rows.length(); y++) {
            int first = rows.first(y);
            int count = rows.count(y);
            while (computed < first + count) {
                horizontal();
            }
            Arrays.fill(sums, HALF);
            for (int k = 0; k < count; k += 2) {
                int next = Math.min(k + 1, count - 1);
                int weight = next == k ? 0 : rows.weight(y, next);
                add(sums, ready(first + k), rows.weight(y, k), ready(first + next), weight);
            }
            store(sums, to, y * samples);
        }
        return RgbImage.wrap(columns.length(), rows.length(), to);
    }

    private int[] ready(int row) {
        return ready[row % ready.length];
    }

    /** A loop that the JIT vectorises. */
    private static void add(int[] sums, int[] a, int weightA, int[] b, int weightB) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += a[i] * weightA + b[i] * weightB;
        }
    }

    private static void store(int[] sums, byte[] to, int start) {
        for (int i = 0; i < sums.length; i++) {
            to[start + i] = (byte) clip(sums[i]);
        }
    }

    /** Computes the next two rows. One multiplication serves both, because a sum of either fits into 32 bits. */
    private void horizontal() {
        int next = Math.min(computed + 1, image.height() - 1);
        int row = 3 * image.width();
        pack(image.samples(), computed * row, next * row);
        int[] upper = ready(next);
        int[] lower = ready(computed);
        for (int x = 0; x < columns.length(); x++) {
            sum(x, lower, upper);
        }
        computed = next + 1;
    }

    private void pack(byte[] from, int lower, int upper) {
        int last = columns.length() - 1;
        int end = 3 * (columns.first(last) + columns.count(last));
        for (int i = 3 * columns.first(0); i < end; i++) {
            pair[i] = (from[lower + i] & 0xff) | ((from[upper + i] & 0xffL) << 32);
        }
    }

    private void sum(int x, int[] lower, int[] upper) {
        long r = TWO_HALVES;
        long g = TWO_HALVES;
        long b = TWO_HALVES;
        long[] from = pair;
        int[] weights = columns.fixed();
        int k = x * columns.size();
        int end = k + columns.count(x);
        for (int i = 3 * columns.first(x); k < end; k++, i += 3) {
            long weight = weights[k];
            r += from[i] * weight;
            g += from[i + 1] * weight;
            b += from[i + 2] * weight;
        }
        store(r, 3 * x, lower, upper);
        store(g, 3 * x + 1, lower, upper);
        store(b, 3 * x + 2, lower, upper);
    }

    /** Takes two sums apart: the lower one, if negative, has borrowed from the upper one. */
    private static void store(long sums, int i, int[] lower, int[] upper) {
        int low = (int) sums;
        lower[i] = clip(low);
        upper[i] = clip((int) ((sums - low) >> 32));
    }

    private static int clip(int sum) {
        return Math.max(0, Math.min(255, sum >> FilterWeights.PRECISION_BITS));
    }

    private static RgbImage nearest(RgbImage image, int width, int height, Rectangle window) {
        int[] columns = nearest(image.width(), width);
        int[] rows = nearest(image.height(), height);
        byte[] from = image.samples();
        byte[] to = new byte[3 * window.width * window.height];
        int at = 0;
        for (int y = window.y; y < window.y + window.height; y++) {
            int row = rows[y] * image.width();
            for (int x = window.x; x < window.x + window.width; x++) {
                int source = 3 * (row + columns[x]);
                to[at++] = from[source];
                to[at++] = from[source + 1];
                to[at++] = from[source + 2];
            }
        }
        return RgbImage.wrap(window.width, window.height, to);
    }

    /** Adds up the step instead of multiplying it, because the rounding errors decide which pixel is the nearest. */
    private static int[] nearest(int in, int out) {
        int[] index = new int[out];
        double step = (double) in / out;
        double position = step * 0.5;
        for (int i = 0; i < out; i++, position += step) {
            index[i] = Math.min(in - 1, (int) position);
        }
        return index;
    }
}
