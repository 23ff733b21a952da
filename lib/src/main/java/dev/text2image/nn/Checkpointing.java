package dev.text2image.nn;

/** What a training pass stores, and what it computes again on the way back instead (Chen et al., 2016). */
public enum Checkpointing {
    /** Stores everything: the fastest. */
    NONE,
    /**
     * Computes again only the segments that are marked as large, see {@link Trace#largeSegment}: most of the memory of {@link #FULL} is
     * saved at about half of its cost.
     */
    SELECTIVE,
    /** Stores only the outputs of the segments: the least memory, for one more forward pass. */
    FULL;

    boolean recomputes(Trace.Segment segment) {
        return switch (this) {
            case NONE -> false;
            case SELECTIVE -> segment.large();
            case FULL -> true;
        };
    }
}
