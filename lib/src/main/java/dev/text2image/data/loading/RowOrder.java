package dev.text2image.data.loading;

import dev.text2image.data.RowRandom;
import dev.text2image.io.InvalidInputException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** In which order the rows of a data set are read, epoch by epoch. */
public interface RowOrder {
    /**
     * Returns the number of rows that are read in an epoch.
     *
     * @return at least 1, the same for each epoch
     */
    int length();

    /**
     * Returns the rows of an epoch.
     *
     * @param epoch the epoch, from 0
     * @return {@link #length()} numbers of rows
     */
    int[] in(int epoch);

    /**
     * Reads the rows as they are numbered.
     *
     * @param rows how many there are
     * @return the same order in each epoch
     */
    static RowOrder sequential(int rows) {
        return of(rows, epoch -> IntStream.range(0, rows).toArray());
    }

    /**
     * Reads each row once in an epoch, in another order each time.
     *
     * @param rows how many there are
     * @param seed what the order depends on
     * @return the order
     */
    static RowOrder shuffled(int rows, long seed) {
        return of(rows, epoch -> RowRandom.permutation(rows, seed, epoch));
    }

    /**
     * Reads the rows of one data set in turn with those of a second one that is numbered after it. An epoch has each row of the first
     * once; the second is gone through from one epoch into the next, and shuffled anew each time it has been read whole.
     *
     * @param rows how many rows the first has
     * @param others how many the second has
     * @param seed what the orders depend on
     * @return the order: a row of the first at each even place, one of the second at each odd place
     */
    static RowOrder inTurn(int rows, int others, long seed) {
        if (others < 1) {
            throw new InvalidInputException("The second data set has " + others + " rows; at least 1 is needed.");
        }
        RowOrder first = shuffled(rows, seed);
        RowOrder second = shuffled(others, ~seed);
        return of(Math.multiplyExact(2, rows), epoch -> {
            int[] own = first.in(epoch);
            int[] order = new int[2 * rows];
            int pass = -1;
            int[] shuffled = {};
            for (int i = 0; i < rows; i++) {
                long position = (long) epoch * rows + i;
                if (pass != position / others) {
                    pass = (int) (position / others);
                    shuffled = second.in(pass);
                }
                order[2 * i] = own[i];
                order[2 * i + 1] = rows + shuffled[(int) (position % others)];
            }
            return order;
        });
    }

    private static RowOrder of(int length, IntFunction<int[]> epochs) {
        return new RowOrder() {
            @Override
            public int length() {
                return length;
            }

            @Override
            public int[] in(int epoch) {
                return epochs.apply(epoch);
            }
        };
    }
}
