package dev.text2image.training.caching;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** The parts that caches still lack, by the rows and captions in them. */
public final class MissingParts {
    private final Map<Object, CachePart> parts = new HashMap<>();

    /**
     * Takes note of parts.
     *
     * @param parts the parts
     */
    public MissingParts(List<CachePart> parts) {
        parts.forEach(part -> keys(part).forEach(key -> this.parts.put(key, part)));
    }

    private static Collection<?> keys(CachePart part) {
        return part instanceof CachePart.OfImages images ? images.rows() : ((CachePart.OfCaptions) part).captions();
    }

    /**
     * Finds the parts that something needs.
     *
     * @param rows numbers of rows whose images are needed
     * @param captions the captions that are needed
     * @return the parts, which stay missing until they are {@link #filled}
     */
    public List<CachePart> of(Collection<Integer> rows, Collection<String> captions) {
        return Stream.concat(rows.stream(), captions.stream())
                .map(parts::get)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /**
     * Strikes parts out.
     *
     * @param filled what is no longer missing
     */
    public void filled(List<CachePart> filled) {
        filled.forEach(part -> parts.keySet().removeAll(Set.copyOf(keys(part))));
    }

    /**
     * Counts the parts.
     *
     * @return how many are still missing
     */
    public int size() {
        return Math.toIntExact(parts.values().stream().distinct().count());
    }

    /**
     * Says whether the caches are complete.
     *
     * @return true if nothing is missing
     */
    public boolean isEmpty() {
        return parts.isEmpty();
    }
}
