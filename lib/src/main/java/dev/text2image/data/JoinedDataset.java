package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import java.util.List;

/** Several data sets one after the other. */
final class JoinedDataset implements CaptionedDataset {
    private final List<CaptionedDataset> parts;
    private final int size;

    JoinedDataset(List<CaptionedDataset> parts) {
        if (parts.isEmpty()) {
            throw new InvalidInputException("No data sets are given; at least one is needed.");
        }
        this.parts = List.copyOf(parts);
        this.size = parts.stream().mapToInt(CaptionedDataset::size).reduce(0, Math::addExact);
    }

    /** A row of one of the parts. */
    private record Place(CaptionedDataset part, int row) {}

    private Place place(int row) {
        int rest = row;
        for (CaptionedDataset part : parts) {
            if (rest < part.size()) {
                return new Place(part, rest);
            }
            rest -= part.size();
        }
        throw new IndexOutOfBoundsException("There is no row " + row + " in " + this + ".");
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<String> captions(int row) {
        Place place = place(row);
        return place.part().captions(place.row());
    }

    @Override
    public CaptionedImage row(int row) {
        Place place = place(row);
        return place.part().row(place.row());
    }

    @Override
    public List<String> notes() {
        return parts.stream().flatMap(part -> part.notes().stream()).toList();
    }

    @Override
    public void close() {
        parts.forEach(CaptionedDataset::close);
    }

    @Override
    public String toString() {
        return "Joined(" + size + " rows of " + parts + ")";
    }
}
