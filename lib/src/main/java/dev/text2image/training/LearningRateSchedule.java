package dev.text2image.training;

import dev.text2image.io.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the learning rate changes over the optimizer steps of a run (diffusers, optimization.py).
 *
 * @param kind the shape of the curve
 * @param learningRate the rate that the multipliers apply to
 * @param warmupSteps steps over which the rate rises from 0; {@link Kind#CONSTANT} has none
 * @param totalSteps steps of the whole run
 */
public record LearningRateSchedule(Kind kind, double learningRate, int warmupSteps, int totalSteps) {
    private static final double POLYNOMIAL_END = 1e-7;

    /** The shapes, with the names of {@code --lr_scheduler}. */
    public enum Kind {
        /** Always the full rate. */
        CONSTANT,
        /** The full rate after the warm-up. */
        CONSTANT_WITH_WARMUP,
        /** Falls along a line to 0. */
        LINEAR,
        /** Falls along half a cosine to 0. */
        COSINE,
        /** A cosine that may start again; with its one cycle it equals {@link #COSINE} up to the end of the run. */
        COSINE_WITH_RESTARTS,
        /** Falls along a line to 1e-7. */
        POLYNOMIAL;

        /**
         * Returns the name that the command line uses.
         *
         * @return lower case with underscores
         */
        public String flagName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * Finds a shape by its name.
         *
         * @param name the value of {@code --lr_scheduler}
         * @return the shape
         * @throws InvalidInputException if there is none of that name
         */
        public static Kind of(String name) {
            return Arrays.stream(values())
                    .filter(kind -> kind.flagName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new InvalidInputException("lr_scheduler is '" + name + "', but must be one of "
                            + Arrays.stream(values()).map(Kind::flagName).collect(Collectors.joining(", ")) + "."));
        }
    }

    /** Checks the values. */
    public LearningRateSchedule {
        if (kind == Kind.POLYNOMIAL && learningRate <= POLYNOMIAL_END) {
            throw new InvalidInputException("learning_rate is " + learningRate
                    + ", but the polynomial schedule ends at 1e-07 and must start above it.");
        }
    }

    /**
     * Returns the learning rate of an optimizer step.
     *
     * @param step the number of steps done before it, from 0
     * @return the rate
     */
    public double at(int step) {
        return learningRate * multiplier(step);
    }

    /**
     * Returns what the learning rate is multiplied by.
     *
     * @param step the number of steps done before, from 0
     * @return the factor, in [0, 1]
     */
    public double multiplier(int step) {
        if (kind == Kind.CONSTANT) {
            return 1;
        }
        if (step < warmupSteps) {
            return (double) step / Math.max(1, warmupSteps);
        }
        double progress = (double) (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
        return switch (kind) {
            case CONSTANT, CONSTANT_WITH_WARMUP -> 1;
            case LINEAR -> Math.max(0, (double) (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
            case COSINE -> halfCosine(progress);
            case COSINE_WITH_RESTARTS -> progress >= 1 ? 0 : halfCosine(progress);
            case POLYNOMIAL -> polynomial(progress);
        };
    }

    private static double halfCosine(double progress) {
        return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    }

    private double polynomial(double progress) {
        double rate = (learningRate - POLYNOMIAL_END) * (1 - Math.min(1, progress)) + POLYNOMIAL_END;
        return rate / learningRate;
    }
}
