package dev.text2image.pipelines;

import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import java.util.OptionalLong;

/**
 * Seeds the engine's generator, of which there is only one, until it is closed.
 *
 * <p>Afterwards the generator goes on from a seed that was drawn from it before. Thus a training run that samples with the same
 * seed again and again does not see the same noise again and again, and still is the same from run to run.
 */
final class SeedScope implements AutoCloseable {
    private final long seed;
    private final long next;

    /**
     * Seeds the generator.
     *
     * @param wanted the seed; empty to draw one
     */
    SeedScope(OptionalLong wanted) {
        long[] drawn = RandomTensors.seeds(2);
        seed = wanted.orElse(drawn[0]);
        next = drawn[1];
        Torch.seed(seed);
    }

    long seed() {
        return seed;
    }

    @Override
    public void close() {
        Torch.seed(next);
    }
}
