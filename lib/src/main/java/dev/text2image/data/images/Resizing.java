package dev.text2image.data.images;

/**
 * Resizes images with the same pixels as Pillow: a horizontal and a vertical convolution with weights in fixed point, rounded to 8
 * bits after each (Pillow, libImaging/Resample.c).
 */
final class Resizing {
    private static final int PRECISION_BITS = 32 - 8 - 2;

    private Resizing() {}

    /** Resizes an image; a size that is already right is left alone. */
    static RgbImage resize(RgbImage image, int width, int height, Interpolation interpolation) {
        if (width == image.width() && height == image.height()) {
            return image;
        }
        if (interpolation.support() == 0) {
            return nearest(image, width, height);
        }
        RgbImage wide = image;
        Weights rows = Weights.of(image.height(), height, interpolation);
        int skipped = 0;
        if (width != image.width()) {
            // Only the rows that the vertical pass will read.
            skipped = rows.first[0];
            int last = rows.first[height - 1] + rows.count[height - 1];
            wide = horizontal(image, skipped, last - skipped, Weights.of(image.width(), width, interpolation));
        }
        return height == image.height() ? wide : vertical(wide, skipped, rows);
    }

    private static RgbImage horizontal(RgbImage image, int top, int height, Weights weights) {
        int width = weights.count.length;
        byte[] from = image.samples();
        byte[] to = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int row = 3 * (top + y) * image.width();
            for (int x = 0; x < width; x++, at += 3) {
                convolve(from, row + 3 * weights.first[x], 3, weights, x, to, at);
            }
        }
        return RgbImage.wrap(width, height, to);
    }

    private static RgbImage vertical(RgbImage image, int skipped, Weights weights) {
        int width = image.width();
        int height = weights.count.length;
        byte[] from = image.samples();
        byte[] to = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int row = 3 * (weights.first[y] - skipped) * width;
            for (int x = 0; x < width; x++, at += 3) {
                convolve(from, row + 3 * x, 3 * width, weights, y, to, at);
            }
        }
        return RgbImage.wrap(width, height, to);
    }

    private static void convolve(byte[] from, int start, int step, Weights weights, int index, byte[] to, int at) {
        int r = 1 << (PRECISION_BITS - 1);
        int g = r;
        int b = r;
        int k = index * weights.size;
        int end = k + weights.count[index];
        for (int i = start; k < end; k++, i += step) {
            int weight = weights.fixed[k];
            r += (from[i] & 0xff) * weight;
            g += (from[i + 1] & 0xff) * weight;
            b += (from[i + 2] & 0xff) * weight;
        }
        to[at] = clip(r);
        to[at + 1] = clip(g);
        to[at + 2] = clip(b);
    }

    private static byte clip(int sum) {
        int value = sum >> PRECISION_BITS;
        return (byte) Math.max(0, Math.min(255, value));
    }

    private static RgbImage nearest(RgbImage image, int width, int height) {
        int[] columns = nearest(image.width(), width);
        int[] rows = nearest(image.height(), height);
        byte[] from = image.samples();
        byte[] to = new byte[3 * width * height];
        int at = 0;
        for (int y = 0; y < height; y++) {
            int row = rows[y] * image.width();
            for (int x = 0; x < width; x++) {
                int source = 3 * (row + columns[x]);
                to[at++] = from[source];
                to[at++] = from[source + 1];
                to[at++] = from[source + 2];
            }
        }
        return RgbImage.wrap(width, height, to);
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

    /**
     * The weights of one axis: output i is the sum of {@code count[i]} inputs from {@code first[i]} on, with the weights in
     * {@code fixed} from {@code i * size} on.
     */
    private static final class Weights {
        private final int size;
        private final int[] first;
        private final int[] count;
        private final int[] fixed;

        private Weights(int out, int size) {
            this.size = size;
            first = new int[out];
            count = new int[out];
            fixed = new int[Math.multiplyExact(out, size)];
        }

        static Weights of(int in, int out, Interpolation interpolation) {
            double scale = (double) in / out;
            double filterScale = Math.max(1, scale);
            double support = interpolation.support() * filterScale;
            Weights weights = new Weights(out, (int) Math.ceil(support) * 2 + 1);
            double[] row = new double[weights.size];
            for (int i = 0; i < out; i++) {
                double center = (i + 0.5) * scale;
                int first = Math.max(0, (int) (center - support + 0.5));
                weights.first[i] = first;
                weights.count[i] = Math.min(in, (int) (center + support + 0.5)) - first;
                for (int k = 0; k < weights.count[i]; k++) {
                    row[k] = interpolation.weight((k + first - center + 0.5) * (1 / filterScale));
                }
                weights.store(i, row);
            }
            return weights;
        }

        private void store(int i, double[] row) {
            double sum = 0;
            for (int k = 0; k < count[i]; k++) {
                sum += row[k];
            }
            for (int k = 0; k < count[i]; k++) {
                double weight = (sum == 0 ? row[k] : row[k] / sum) * (1 << PRECISION_BITS);
                fixed[i * size + k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
        }
    }
}
