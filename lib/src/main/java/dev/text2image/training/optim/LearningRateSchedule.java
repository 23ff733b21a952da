package dev.text2image.training.optim;

import dev.text2image.io.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the learning rate changes over the optimizer steps of a run (diffusers, optimization.py).
 *
 * @param curve the shape after the warm-up
 * @param learningRate the rate that the multipliers apply to
 * @param warmupSteps steps over which the rate rises from 0; {@link Kind#CONSTANT} and {@link Kind#PIECEWISE_CONSTANT} have none
 * @param totalSteps steps of the whole run
 */
public record LearningRateSchedule(LearningRateCurve curve, double learningRate, int warmupSteps, int totalSteps) {
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
        /** Falls along half a cosine to 0 as often as {@code --lr_num_cycles} says, from the full rate each time. */
        COSINE_WITH_RESTARTS,
        /** Falls along a power, {@code --lr_power}, to 1e-7. */
        POLYNOMIAL,
        /** One factor after another, as {@code --lr_step_rules} says. */
        PIECEWISE_CONSTANT;

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

        /**
         * Makes the curve as diffusers' {@code get_scheduler} does, which uses of the options what the shape has.
         *
         * @param numCycles cycles of {@link #COSINE_WITH_RESTARTS}, at least 1
         * @param power exponent of {@link #POLYNOMIAL}, above 0
         * @param stepRules rules of {@link #PIECEWISE_CONSTANT}, see {@link LearningRateCurve.PiecewiseConstant#parse}
         * @return the curve
         * @throws InvalidInputException if an option that the shape has is missing or cannot be used
         */
        public LearningRateCurve curve(int numCycles, double power, @Nullable String stepRules) {
            return switch (this) {
                case CONSTANT -> new LearningRateCurve.Constant();
                case CONSTANT_WITH_WARMUP -> new LearningRateCurve.ConstantWithWarmup();
                case LINEAR -> new LearningRateCurve.Linear();
                case COSINE -> new LearningRateCurve.Cosine(LearningRateCurve.Cosine.HALF_WAVE);
                case COSINE_WITH_RESTARTS -> new LearningRateCurve.CosineWithRestarts(numCycles);
                case POLYNOMIAL -> new LearningRateCurve.Polynomial(power);
                case PIECEWISE_CONSTANT -> LearningRateCurve.PiecewiseConstant.parse(required(stepRules));
            };
        }

        private static String required(@Nullable String stepRules) {
            if (stepRules == null) {
                throw new InvalidInputException("lr_scheduler is piecewise_constant, but lr_step_rules is missing;"
                        + " set it, for example to 1:10,0.1:20,0.01.");
            }
            return stepRules;
        }
    }

    /** Checks the values. */
    public LearningRateSchedule {
        if (curve instanceof LearningRateCurve.Polynomial && learningRate <= LearningRateCurve.Polynomial.END) {
            throw new InvalidInputException("learning_rate is " + learningRate
                    + ", but the polynomial schedule ends at 1e-07 and must start above it.");
        }
    }

    /**
     * Makes a schedule with diffusers' defaults of its shape: one cycle, power 1.
     *
     * @param kind the shape, not {@link Kind#PIECEWISE_CONSTANT}, which has no default
     * @param learningRate the rate that the multipliers apply to
     * @param warmupSteps steps over which the rate rises from 0
     * @param totalSteps steps of the whole run
     */
    public LearningRateSchedule(Kind kind, double learningRate, int warmupSteps, int totalSteps) {
        this(kind.curve(1, 1, null), learningRate, warmupSteps, totalSteps);
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
     * @return the factor, at least 0; at most 1 except by the rules of {@link Kind#PIECEWISE_CONSTANT}
     */
    public double multiplier(int step) {
        return curve.warmsUp() && step < warmupSteps ? (double) step / warmupSteps : curve.factor(this, step);
    }

    /** The share of the run after the warm-up that is done: 0 at its first step, 1 at the end of the run, then above 1. */
    double progress(int step) {
        return (double) (step - warmupSteps) / stepsAfterWarmup();
    }

    int stepsAfterWarmup() {
        return Math.max(1, totalSteps - warmupSteps);
    }
}
