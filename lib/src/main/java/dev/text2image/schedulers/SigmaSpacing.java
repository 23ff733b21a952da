package dev.text2image.schedulers;

import java.util.Locale;
import org.apache.commons.math3.distribution.BetaDistribution;

/** How the sigmas of a run are spread between the largest and the smallest; the hub has a field of truth value for each. */
enum SigmaSpacing {
    /** As the timesteps are. */
    TIMESTEPS,
    /** {@code use_karras_sigmas}: evenly between the seventh roots (EDM, arXiv 2206.00364, formula 5). */
    KARRAS,
    /** {@code use_exponential_sigmas}: evenly between the logarithms. */
    EXPONENTIAL,
    /** {@code use_beta_sigmas}: at the quantiles of a beta distribution, denser at both ends (arXiv 2407.12173). */
    BETA;

    private static final double RHO = 7;
    private static final BetaDistribution QUANTILES = new BetaDistribution(null, 0.6, 0.6);

    /** Reads the one that a configuration chooses. */
    static SigmaSpacing of(SchedulerConfigJson options) {
        SigmaSpacing found = TIMESTEPS;
        for (SigmaSpacing spacing : new SigmaSpacing[] {KARRAS, EXPONENTIAL, BETA}) {
            if (options.bool(spacing.field(), false)) {
                if (found != TIMESTEPS) {
                    throw new IllegalArgumentException("Scheduler configuration: " + found.field() + " and "
                            + spacing.field() + " are both true; set one of them to false.");
                }
                found = spacing;
            }
        }
        return found;
    }

    private String field() {
        return "use_" + name().toLowerCase(Locale.ROOT) + "_sigmas";
    }

    /** Spreads sigmas from the largest to the smallest, both included if there are at least two. */
    double[] sigmas(int count, double max, double min) {
        double[] sigmas = new double[count];
        for (int i = 0; i < count; i++) {
            double ramp = count == 1 ? 0 : i / (double) (count - 1);
            sigmas[i] = switch (this) {
                case KARRAS ->
                    Math.pow(Math.pow(max, 1 / RHO) + ramp * (Math.pow(min, 1 / RHO) - Math.pow(max, 1 / RHO)), RHO);
                case EXPONENTIAL -> Math.exp(Math.log(max) + ramp * (Math.log(min) - Math.log(max)));
                case BETA -> min + QUANTILES.inverseCumulativeProbability(1 - ramp) * (max - min);
                case TIMESTEPS -> throw new IllegalStateException("The timesteps give the sigmas.");
            };
        }
        return sigmas;
    }
}
