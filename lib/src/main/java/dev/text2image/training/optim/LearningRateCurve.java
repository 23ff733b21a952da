package dev.text2image.training.optim;

import dev.text2image.io.InvalidInputException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The shape of a {@link LearningRateSchedule} (diffusers, optimization.py). */
public sealed interface LearningRateCurve {
    /**
     * Returns what the learning rate is multiplied by, once a warm-up is over.
     *
     * @param schedule the schedule of which this is the shape
     * @param step the number of optimizer steps done before, from 0
     * @return the factor, at least 0
     */
    double factor(LearningRateSchedule schedule, int step);

    /**
     * Returns whether the rate first rises from 0.
     *
     * @return false if the number of warm-up steps is ignored
     */
    default boolean warmsUp() {
        return true;
    }

    /** Always the full rate, from the first step. */
    record Constant() implements LearningRateCurve {
        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            return 1;
        }

        @Override
        public boolean warmsUp() {
            return false;
        }
    }

    /** The full rate. */
    record ConstantWithWarmup() implements LearningRateCurve {
        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            return 1;
        }
    }

    /** Falls along a line to 0. */
    record Linear() implements LearningRateCurve {
        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            return Math.max(0, (double) (schedule.totalSteps() - step) / schedule.stepsAfterWarmup());
        }
    }

    /**
     * Follows a cosine, which goes down to 0 and comes up again.
     *
     * @param numCycles number of waves in the run, above 0; one half of a wave ends at 0
     */
    record Cosine(double numCycles) implements LearningRateCurve {
        /** What {@code --lr_scheduler cosine} stands for: half a wave. */
        public static final double HALF_WAVE = 0.5;

        /** Checks the value. */
        public Cosine {
            require(
                    numCycles > 0 && Double.isFinite(numCycles),
                    "The number of cycles of cosine",
                    numCycles,
                    "above 0");
        }

        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            return halfCosine(numCycles * 2 * schedule.progress(step));
        }
    }

    /**
     * Falls along half a cosine to 0 again and again, from the full rate each time.
     *
     * @param numCycles how often in the run, at least 1
     */
    record CosineWithRestarts(int numCycles) implements LearningRateCurve {
        /** Checks the value. */
        public CosineWithRestarts {
            require(numCycles >= 1, "lr_num_cycles", numCycles, "at least 1");
        }

        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            double progress = schedule.progress(step);
            return progress >= 1 ? 0 : halfCosine(numCycles * progress % 1);
        }
    }

    /**
     * Falls along a power of the share of the run that is left, to 1e-7.
     *
     * @param power the exponent, above 0; 1 is a line
     */
    record Polynomial(double power) implements LearningRateCurve {
        /** The learning rate at the end of the run. */
        public static final double END = 1e-7;

        /** Checks the value. */
        public Polynomial {
            require(power > 0 && Double.isFinite(power), "lr_power", power, "above 0");
        }

        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            double left = step >= schedule.totalSteps() ? 0 : 1 - schedule.progress(step);
            double full = schedule.learningRate();
            return ((full - END) * Math.pow(left, power) + END) / full;
        }
    }

    /**
     * One factor after another, without a warm-up.
     *
     * @param until factors, by the step at which each of them ends
     * @param last the factor from the last of these steps on
     */
    record PiecewiseConstant(NavigableMap<Integer, Double> until, double last) implements LearningRateCurve {
        private static final String EXAMPLE =
                "write for example 1:10,0.1:20,0.01: factor 1 before step 10, 0.1 before step 20, then 0.01";

        /** Copies the factors. */
        public PiecewiseConstant {
            until = Collections.unmodifiableNavigableMap(new TreeMap<>(until));
        }

        /**
         * Reads rules as diffusers writes them.
         *
         * @param rules {@code factor:step} any number of times and then a factor, separated by commas; the steps are counted from
         *     the start of the run
         * @return the curve
         * @throws InvalidInputException if a rule cannot be read, a factor is below 0 or a step comes twice; the rule is named
         */
        public static PiecewiseConstant parse(String rules) {
            String[] parts = rules.split(",", -1);
            NavigableMap<Integer, Double> until = new TreeMap<>();
            for (String part : List.of(parts).subList(0, parts.length - 1)) {
                String[] sides = part.split(":", -1);
                if (sides.length != 2) {
                    throw unreadable(rules, part, "a factor, a colon and a step");
                }
                if (until.put(step(rules, part, sides[1]), multiplier(rules, part, sides[0])) != null) {
                    throw unreadable(rules, part, "a step that no other rule has");
                }
            }
            String last = parts[parts.length - 1];
            return new PiecewiseConstant(until, multiplier(rules, last, last));
        }

        private static int step(String rules, String rule, String text) {
            try {
                int step = Integer.parseInt(text.strip());
                if (step > 0) {
                    return step;
                }
            } catch (NumberFormatException e) {
                // reported below, as a step that is not above 0 is
            }
            throw unreadable(rules, rule, "a whole number above 0 after the colon");
        }

        private static double multiplier(String rules, String rule, String text) {
            try {
                double factor = Double.parseDouble(text.strip());
                if (factor >= 0 && Double.isFinite(factor)) {
                    return factor;
                }
            } catch (NumberFormatException e) {
                // reported below, as a negative factor is
            }
            throw unreadable(rules, rule, rule.equals(text) ? "a factor alone at the end" : "a factor of at least 0");
        }

        private static InvalidInputException unreadable(String rules, String rule, String expected) {
            return new InvalidInputException("lr_step_rules is '" + rules + "', of which '" + rule + "' should be "
                    + expected + "; " + EXAMPLE + ".");
        }

        @Override
        public double factor(LearningRateSchedule schedule, int step) {
            Map.Entry<Integer, Double> rule = until.higherEntry(step);
            return rule == null ? last : rule.getValue();
        }

        @Override
        public boolean warmsUp() {
            return false;
        }
    }

    private static double halfCosine(double progress) {
        return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    }

    private static void require(boolean holds, String name, Number found, String expected) {
        if (!holds) {
            throw new InvalidInputException(name + " is " + found + ", but must be " + expected + ".");
        }
    }
}
