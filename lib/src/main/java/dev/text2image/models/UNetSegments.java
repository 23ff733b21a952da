package dev.text2image.models;

import dev.text2image.nn.Tensor;
import dev.text2image.nn.Trace;
import java.util.List;
import java.util.function.Function;

/**
 * How the layers of one level of the UNet are traced for gradient checkpointing.
 *
 * <p>From level to level a side of the feature maps is halved and the channels are usually doubled: a layer does the same work and
 * stores half as much. So the two upper levels, of the full and the half resolution, are worth computing again first. Convolutions that
 * only change the resolution downwards store nothing but their input, and are not worth it anywhere.
 */
enum UNetSegments {
    /** Full or half resolution. */
    UPPER,
    /** Below. */
    LOWER;

    static UNetSegments ofLevel(int level) {
        return level <= 1 ? UPPER : LOWER;
    }

    /** Traces a layer, as {@link Trace#segment}. */
    Tensor add(List<Tensor> inputs, Function<List<Tensor>, Tensor> code) {
        return this == UPPER ? Trace.largeSegment(inputs, code) : Trace.segment(inputs, code);
    }
}
