package dev.text2image.data.loading;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Some rows of a data set, ready for the model.
 *
 * @param pixelValues (rows, 3, resolution, resolution) float32 in [-1, 1]
 * @param captions one caption for each row
 * @param rows the rows' numbers in the data set
 */
public record Batch(NDArray pixelValues, List<String> captions, List<Integer> rows) implements AutoCloseable {
    /** Makes the lists immutable. */
    public Batch {
        captions = List.copyOf(captions);
        rows = List.copyOf(rows);
    }

    /**
     * Returns the number of rows.
     *
     * @return at least 1; the last batch of an epoch may be smaller than the others
     */
    public int size() {
        return captions.size();
    }

    /** Frees the tensor. */
    @Override
    public void close() {
        pixelValues.close();
    }
}
