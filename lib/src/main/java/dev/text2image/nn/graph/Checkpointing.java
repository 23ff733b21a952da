package dev.text2image.nn.graph;

/** What a training pass stores, and what it computes again on the way back instead (Chen et al., 2016). */
public enum Checkpointing {
    /** Stores everything: the fastest. */
    NONE,
    /**
     * Computes again only the segments that are marked as large, see {@link Trace#largeSegment}. In the UNet these are the layers at the
     * full and the half resolution: four fifths of what {@link #FULL} saves, without the work of the lower levels.
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
