package dev.text2image.nn.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PassUnitTest {
    private static Trace.Segment segment(int output, boolean large, Integer... inputs) {
        return new Trace.Segment("s" + output, List.of(inputs), output, large, List.of(), "");
    }

    /** Values 0 and 1 are the model's inputs; value 2 skips to the end. */
    private static final List<Trace.Segment> SEGMENTS = List.of(
            segment(2, false, 0),
            segment(3, false, 2),
            segment(4, true, 3, 1),
            segment(5, true, 4),
            segment(6, false, 5),
            segment(7, true, 6, 2));

    @Test
    void onlyLargeSegmentsButTheLastAreRecomputedAndTheOthersJoined() {
        assertThat(PassUnit.of(SEGMENTS, Checkpointing.SELECTIVE))
                .containsExactly(
                        new PassUnit(SEGMENTS.subList(0, 2), List.of(2, 3), false),
                        new PassUnit(SEGMENTS.subList(2, 3), List.of(4), true),
                        new PassUnit(SEGMENTS.subList(3, 4), List.of(5), true),
                        new PassUnit(SEGMENTS.subList(4, 6), List.of(7), false));
    }

    @Test
    void inFullAllButTheLastAreRecomputed() {
        List<PassUnit> units = PassUnit.of(SEGMENTS, Checkpointing.FULL);
        assertThat(units).hasSize(6);
        assertThat(units.subList(0, 5)).allMatch(PassUnit::recomputed);
        assertThat(units.get(5).recomputed()).isFalse();
    }
}
