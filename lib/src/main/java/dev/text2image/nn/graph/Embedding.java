package dev.text2image.nn.graph;

import dev.text2image.nn.Initializer;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;

/** A table of vectors. */
public final class Embedding extends Module {
    private final Parameter weight;

    /**
     * Declares the table.
     *
     * @param count number of vectors
     * @param size length of a vector
     * @param deviation standard deviation of new vectors
     */
    public Embedding(int count, int size, double deviation) {
        weight = parameter("weight", Initializer.normal(deviation), count, size);
    }

    /**
     * Looks up vectors by index.
     *
     * @param ids (b, n), int64
     * @return (b, n, size), in the format of norms
     */
    public Tensor forward(Tensor ids) {
        Trace trace = ids.trace();
        Tensor table = trace.parameter(weight);
        return trace.forNorm(trace.emitIn(table.format(), "embedding", table, ids));
    }

    /**
     * Looks up the first vectors, one for each position of a sequence.
     *
     * @param sequence (b, n, ...)
     * @return (n, size), in the format of norms
     */
    public Tensor positions(Tensor sequence) {
        Trace trace = sequence.trace();
        return trace.forNorm(trace.emit("slice", trace.parameter(weight), 0, 0, sequence.size(1)));
    }
}
