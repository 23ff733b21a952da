package dev.text2image.training.records;

import java.util.List;

/**
 * The loss on fixed images, timesteps and noise. Unlike the training loss it depends on nothing but the weights, so that a small change
 * of it means something.
 *
 * @param step the optimizer steps done before
 * @param loss mean squared error over all ranges, not weighted
 * @param ranges the same for each range of timesteps
 */
public record ValidationResult(int step, double loss, List<Range> ranges) {
    /** Copies the list. */
    public ValidationResult {
        ranges = List.copyOf(ranges);
    }

    /**
     * The loss where the noise is about the same.
     *
     * @param from the first timestep
     * @param to the last timestep
     * @param loss mean squared error, not weighted
     */
    public record Range(int from, int to, double loss) {
        /**
         * Returns a name for the range.
         *
         * @return for example loss_0_249
         */
        public String name() {
            return "loss_" + from + "_" + to;
        }
    }
}
