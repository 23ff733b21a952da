package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.SchedulerFields;
import java.util.List;
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
    BETA,
    /** {@code use_lu_lambdas}: as exponential, but always over all of training (DPM-Solver, arXiv 2206.00927, section 4.2). */
    LU;

    private static final double RHO = 7;
    private static final BetaDistribution QUANTILES = new BetaDistribution(null, 0.6, 0.6);

    /** The hub's names of the options that say how sigmas are spread, but for {@code use_lu_lambdas}. */
    static final String[] OPTIONS = {
        "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "sigma_min", "sigma_max"
    };

    /**
     * Between which sigmas a run spreads, in the hub's fields {@code sigma_max} and {@code sigma_min}.
     *
     * @param max the largest, or NaN for that of the run
     * @param min the smallest, or NaN for that of the run
     */
    record Range(double max, double min) {
        static final Range OPEN = new Range(Double.NaN, Double.NaN);

        static Range of(SchedulerFields options) {
            return new Range(options.number("sigma_max", Double.NaN), options.number("sigma_min", Double.NaN));
        }

        double[] sigmas(SigmaSpacing spacing, int count, double largest, double smallest) {
            return spacing.sigmas(count, Double.isNaN(max) ? largest : max, Double.isNaN(min) ? smallest : min);
        }
    }

    /** Reads the one that a configuration chooses. */
    static SigmaSpacing of(SchedulerFields options) {
        SigmaSpacing found = TIMESTEPS;
        for (SigmaSpacing spacing : new SigmaSpacing[] {KARRAS, EXPONENTIAL, BETA, LU}) {
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

    /** Returns the hub's field. */
    String field() {
        return this == LU ? "use_lu_lambdas" : "use_" + name().toLowerCase(Locale.ROOT) + "_sigmas";
    }

    /** Names the choice, for a sampler's description. */
    List<String> settings() {
        return this == TIMESTEPS ? List.of() : List.of(field());
    }

    /** Spreads sigmas from the largest to the smallest, both included if there are at least two. */
    double[] sigmas(int count, double max, double min) {
        double[] sigmas = new double[count];
        for (int i = 0; i < count; i++) {
            double ramp = count == 1 ? 0 : i / (double) (count - 1);
            sigmas[i] = switch (this) {
                case KARRAS ->
                    Math.pow(Math.pow(max, 1 / RHO) + ramp * (Math.pow(min, 1 / RHO) - Math.pow(max, 1 / RHO)), RHO);
                case EXPONENTIAL, LU -> Math.exp(Math.log(max) + ramp * (Math.log(min) - Math.log(max)));
                case BETA -> min + QUANTILES.inverseCumulativeProbability(1 - ramp) * (max - min);
                case TIMESTEPS -> throw new IllegalStateException("The timesteps give the sigmas.");
            };
        }
        return sigmas;
    }
}
