package dev.text2image.data;

import java.util.List;
import java.util.function.UnaryOperator;

/** A data set that shows another one in part or in other words; closing it closes that. */
abstract class DatasetView implements CaptionedDataset {
    private final CaptionedDataset whole;

    DatasetView(CaptionedDataset whole) {
        this.whole = whole;
    }

    /** What is shown. */
    final CaptionedDataset whole() {
        return whole;
    }

    @Override
    public List<String> notes() {
        return whole.notes();
    }

    @Override
    public void close() {
        whole.close();
    }

    @Override
    public String toString() {
        return whole.toString();
    }

    /** Shows the same images with other words. */
    static CaptionedDataset reworded(CaptionedDataset whole, UnaryOperator<String> wording) {
        return new DatasetView(whole) {
            @Override
            public int size() {
                return whole.size();
            }

            @Override
            public List<String> captions(int row) {
                return whole.captions(row).stream().map(wording).toList();
            }

            @Override
            public CaptionedImage row(int row) {
                return whole.row(row).withCaptions(captions(row));
            }
        };
    }
}
