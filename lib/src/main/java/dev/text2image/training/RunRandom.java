package dev.text2image.training;

/**
 * Seeds for each part of a run, derived from the run's seed. As nothing depends on what was drawn before, a run that is resumed
 * draws the same numbers as one that was never stopped.
 */
public final class RunRandom {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private RunRandom() {}

    /**
     * Mixes a run's seed with a number (Steele et al., 2014, SplitMix64).
     *
     * @param runSeed the seed of the run
     * @param step the number of a micro-batch, counted from 0 over all epochs
     * @return the seed of its noise and timesteps
     */
    public static long seed(long runSeed, long step) {
        long z = runSeed * GOLDEN_GAMMA + (step + 1) * 0xd1342543de82ef95L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
