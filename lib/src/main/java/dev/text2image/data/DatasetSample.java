package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.util.Arrays;
import java.util.List;

/** Some rows of another data set, in another order. */
final class DatasetSample extends DatasetView {
    private final int[] rows;

    private DatasetSample(CaptionedDataset whole, int[] rows) {
        super(whole);
        this.rows = rows;
    }

    static CaptionedDataset of(CaptionedDataset whole, int count, long seed) {
        if (count < 1) {
            throw new InvalidInputException("The number of training samples is " + count + "; it must be at least 1.");
        }
        int[] order = RowRandom.permutation(whole.size(), seed);
        return new DatasetSample(whole, Arrays.copyOf(order, Math.min(count, order.length)));
    }

    static CaptionedDataset of(CaptionedDataset whole, int[] rows) {
        if (rows.length == 0) {
            throw new InvalidInputException("No rows are selected; at least one is needed.");
        }
        for (int row : rows) {
            if (row < 0 || row >= whole.size()) {
                throw new InvalidInputException(
                        "Row " + row + " is selected, but " + whole + " has the rows 0 to " + (whole.size() - 1) + ".");
            }
        }
        return new DatasetSample(whole, rows.clone());
    }

    @Override
    public int size() {
        return rows.length;
    }

    @Override
    public List<String> captions(int row) {
        return whole().captions(rows[row]);
    }

    @Override
    public CaptionedImage row(int row) {
        return whole().row(rows[row]);
    }

    @Override
    public String toString() {
        return "Sample(" + rows.length + " rows of " + whole() + ")";
    }
}
