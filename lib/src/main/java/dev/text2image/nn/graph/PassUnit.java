package dev.text2image.nn.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Neighbouring segments that a checkpointed pass treats as one: its graph begins at their inputs and ends at their outputs.
 *
 * @param segments the segments, in order; one, if it is recomputed
 * @param outputs the values that are needed outside
 * @param recomputed whether the unit is run without recording, and again on the way back
 */
record PassUnit(List<Trace.Segment> segments, List<Integer> outputs, boolean recomputed) {
    /**
     * Divides a traced model: each recomputed segment is a unit of its own, those between are joined. The last segment is never
     * recomputed, as the way back would begin with it right away.
     *
     * @param segments the segments, in order; the last one makes the model's output
     * @param checkpointing which of them are recomputed
     */
    static List<PassUnit> of(List<Trace.Segment> segments, Checkpointing checkpointing) {
        List<List<Trace.Segment>> groups = new ArrayList<>();
        boolean joinable = false;
        for (int i = 0; i < segments.size(); i++) {
            boolean recomputed = i < segments.size() - 1 && checkpointing.recomputes(segments.get(i));
            if (recomputed || !joinable) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(segments.get(i));
            joinable = !recomputed;
        }
        List<PassUnit> units = new ArrayList<>();
        Set<Integer> needed =
                new HashSet<>(List.of(segments.get(segments.size() - 1).output()));
        for (int i = groups.size() - 1; i >= 0; i--) {
            List<Trace.Segment> group = groups.get(i);
            List<Integer> outputs = group.stream()
                    .map(Trace.Segment::output)
                    .filter(needed::contains)
                    .toList();
            group.forEach(segment -> needed.addAll(segment.inputs()));
            boolean last = i == groups.size() - 1;
            units.add(0, new PassUnit(List.copyOf(group), outputs, !last && checkpointing.recomputes(group.get(0))));
        }
        return List.copyOf(units);
    }
}
