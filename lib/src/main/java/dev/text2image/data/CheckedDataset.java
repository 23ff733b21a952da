package dev.text2image.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A data set without the rows whose images are broken. */
public final class CheckedDataset extends DatasetView {
    private final int all;
    private final List<BrokenImage> broken;

    private CheckedDataset(CaptionedDataset sound, int all, List<BrokenImage> broken) {
        super(sound);
        this.all = all;
        this.broken = List.copyOf(broken);
    }

    /**
     * Leaves out rows that were found before.
     *
     * @param dataset the data set that was checked, or another one over the same files
     * @param broken the rows to leave out, not all
     * @return a view of the data set; closing it closes that
     */
    public static CheckedDataset without(CaptionedDataset dataset, List<BrokenImage> broken) {
        if (broken.isEmpty()) {
            return new CheckedDataset(dataset, dataset.size(), broken);
        }
        Set<Integer> rows = broken.stream().map(BrokenImage::row).collect(Collectors.toSet());
        int[] kept = IntStream.range(0, dataset.size())
                .filter(row -> !rows.contains(row))
                .toArray();
        return new CheckedDataset(dataset.select(kept), dataset.size(), broken);
    }

    /**
     * Returns what is left out.
     *
     * @return the broken images, their rows numbered as in the whole data set
     */
    public List<BrokenImage> broken() {
        return broken;
    }

    @Override
    public int size() {
        return whole().size();
    }

    @Override
    public List<String> captions(int row) {
        return whole().captions(row);
    }

    @Override
    public CaptionedImage row(int row) {
        return whole().row(row);
    }

    @Override
    public List<String> notes() {
        if (broken.isEmpty()) {
            return whole().notes();
        }
        List<String> notes = new ArrayList<>(whole().notes());
        notes.add(broken.size() + " of " + all + " images cannot be read and are left out, the first is "
                + broken.get(0) + ".");
        return notes;
    }
}
