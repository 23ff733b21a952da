package dev.text2image.evaluation;

import dev.text2image.evaluation.Neighbours.Neighbour;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What each picture of a reference set is, by name or by group.
 *
 * @param kind what the labels say, for example {@code subcategory}
 * @param values one for each picture
 */
public record Labels(String kind, List<String> values) {
    /** Copies the list. */
    public Labels {
        values = List.copyOf(values);
    }

    /**
     * How often the nearest reference has the label that was asked for.
     *
     * @param kind what the labels say
     * @param hits the share of the samples whose nearest reference has the label asked for
     * @param mismatched the same share if each sample is held against all the other prompts: what is reached without reading them
     * @param chance the share for references drawn at random
     */
    public record Agreement(String kind, double hits, double mismatched, double chance) {}

    /**
     * Compares what was found with what was asked for.
     *
     * @param asked for each sample, the number of the reference that it should show
     * @param found for each sample, the nearest reference
     * @return the shares
     */
    public Agreement agreement(List<Integer> asked, List<Neighbour> found) {
        List<String> wanted = asked.stream().map(values::get).toList();
        List<String> seen = found.stream().map(n -> values.get(n.index())).toList();
        Map<Integer, Integer> sameAsked = counts(asked);
        Map<String, Integer> sameWanted = counts(wanted);
        Map<String, Integer> all = counts(values);
        int samples = asked.size();
        int hits = 0;
        int otherHits = 0;
        int otherPairs = 0;
        double chance = 0;
        for (int i = 0; i < samples; i++) {
            int same = sameAsked.getOrDefault(asked.get(i), 0);
            boolean hit = wanted.get(i).equals(seen.get(i));
            hits += hit ? 1 : 0;
            otherHits += sameWanted.getOrDefault(seen.get(i), 0) - (hit ? same : 0);
            otherPairs += samples - same;
            chance += all.getOrDefault(wanted.get(i), 0) / (double) values.size();
        }
        return new Agreement(
                kind, (double) hits / samples, (double) otherHits / Math.max(1, otherPairs), chance / samples);
    }

    private static <T> Map<T, Integer> counts(List<T> items) {
        Map<T, Integer> counts = new HashMap<>();
        items.forEach(item -> counts.merge(item, 1, Integer::sum));
        return counts;
    }
}
