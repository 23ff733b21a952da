package dev.text2image.data;

import java.util.List;
import java.util.function.UnaryOperator;

/** A data set with other words for the same images. */
final class RecaptionedDataset extends DatasetView {
    private final UnaryOperator<String> wording;

    RecaptionedDataset(CaptionedDataset whole, UnaryOperator<String> wording) {
        super(whole);
        this.wording = wording;
    }

    @Override
    public int size() {
        return whole().size();
    }

    @Override
    public List<String> captions(int row) {
        return whole().captions(row).stream().map(wording).toList();
    }

    @Override
    public CaptionedImage row(int row) {
        return whole().row(row).withCaptions(captions(row));
    }
}
