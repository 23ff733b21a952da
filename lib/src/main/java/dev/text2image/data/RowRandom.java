package dev.text2image.data;

import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Random numbers that depend on where they are used, not on what was drawn before. {@link Random} makes them because its algorithm
 * is part of Java's specification, so that a run can be repeated on another Java.
 */
public final class RowRandom {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private RowRandom() {}

    /**
     * Returns the generator for one row in one epoch.
     *
     * @param seed the run's seed
     * @param epoch the epoch, from 0
     * @param row the row's number
     * @return the generator
     */
    public static RandomGenerator of(long seed, int epoch, int row) {
        return new Random(mix(mix(seed, epoch), row));
    }

    /**
     * Returns the order of the rows in one epoch.
     *
     * @param size how many rows there are
     * @param seed the run's seed
     * @param epoch the epoch, from 0
     * @return the numbers of the rows
     */
    public static int[] permutation(int size, long seed, int epoch) {
        return permutation(size, mix(mix(seed, epoch), -1));
    }

    /** Shuffles 0 to size - 1 (Fisher and Yates). */
    static int[] permutation(int size, long seed) {
        Random random = new Random(mix(seed, -2));
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }

    /** Mixes two numbers into one that looks random (the finalizer of SplitMix64). */
    private static long mix(long state, long value) {
        long z = state + GOLDEN_GAMMA * (value + 3);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
