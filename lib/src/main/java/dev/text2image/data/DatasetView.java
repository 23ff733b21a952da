package dev.text2image.data;

import java.util.List;

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
}
