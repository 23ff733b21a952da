package dev.text2image.evaluation;

import dev.text2image.progress.Progress;
import java.util.List;
import java.util.stream.IntStream;

/** Finds the nearest of some vectors, by the root mean square of the differences. */
public final class Neighbours {
    private static final int CHUNK = 512;

    private Neighbours() {}

    /**
     * A vector that was found.
     *
     * @param index its number, from 0
     * @param distance the root mean square of the differences
     */
    public record Neighbour(int index, double distance) {}

    /**
     * Finds the nearest reference of each query.
     *
     * @param queries vectors of one length
     * @param references others of the same length, at least one
     * @return one neighbour for each query; of several that are equally near the first
     */
    public static List<Neighbour> nearest(List<float[]> queries, List<float[]> references) {
        return queries.stream().map(query -> nearest(query, references, -1)).toList();
    }

    /**
     * Finds for each vector the nearest one among the others.
     *
     * @param vectors at least two
     * @return one neighbour for each vector
     */
    public static List<Neighbour> nearestOthers(List<float[]> vectors) {
        return IntStream.range(0, vectors.size())
                .mapToObj(i -> nearest(vectors.get(i), vectors, i))
                .toList();
    }

    private static Neighbour nearest(float[] query, List<float[]> references, int except) {
        Progress.checkInterrupted();
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < references.size(); i++) {
            double sum = i == except ? Double.POSITIVE_INFINITY : squares(query, references.get(i), least);
            if (sum < least) {
                least = sum;
                best = i;
            }
        }
        if (best < 0) {
            throw new IllegalArgumentException("There is no vector to find; give at least one other.");
        }
        return new Neighbour(best, Math.sqrt(least / query.length));
    }

    /**
     * Measures how far two vectors are apart.
     *
     * @param one a vector
     * @param other another of the same length
     * @return the root mean square of the differences
     */
    public static double distance(float[] one, float[] other) {
        return Math.sqrt(squares(one, other, Double.POSITIVE_INFINITY) / one.length);
    }

    /** The sum of the squared differences, or of the first ones if these are already more than the limit. */
    private static double squares(float[] one, float[] other, double limit) {
        double sum = 0;
        for (int from = 0; from < one.length && sum < limit; from += CHUNK) {
            float part = 0;
            int to = Math.min(from + CHUNK, one.length);
            for (int i = from; i < to; i++) {
                float difference = one[i] - other[i];
                part += difference * difference;
            }
            sum += part;
        }
        return sum;
    }
}
