package dev.text2image.data.images;

/** The weights of one axis: output i is the sum of {@code count(i)} inputs from {@code first(i)} on, each with its weight. */
final class FilterWeights {
    /** The weights' fraction: 8 bits are the sample's, and a sum may be twice as large as a sample. */
    static final int PRECISION_BITS = 32 - 8 - 2;

    private final int size;
    private final int[] first;
    private final int[] count;
    private final int[] fixed;

    private FilterWeights(int out, int size) {
        this.size = size;
        first = new int[out];
        count = new int[out];
        fixed = new int[Math.multiplyExact(out, size)];
    }

    /** Computes the weights of some outputs, from {@code from} on, of an axis that is {@code in} long and becomes {@code out} long. */
    static FilterWeights of(int in, int out, Interpolation interpolation, int from, int length) {
        double scale = (double) in / out;
        double filterScale = Math.max(1, scale);
        double support = interpolation.support() * filterScale;
        FilterWeights weights = new FilterWeights(length, (int) Math.ceil(support) * 2 + 1);
        double[] row = new double[weights.size];
        for (int i = 0; i < length; i++) {
            double center = (from + i + 0.5) * scale;
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

    /** Returns the number of outputs. */
    int length() {
        return first.length;
    }

    /** Returns the number of weights that an output has at most. */
    int size() {
        return size;
    }

    int first(int i) {
        return first[i];
    }

    int count(int i) {
        return count[i];
    }

    int weight(int i, int k) {
        return fixed[i * size + k];
    }

    /** Returns all weights themselves, those of output i from {@code i * size} on. */
    int[] fixed() {
        return fixed;
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
