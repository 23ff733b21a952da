package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear multistep method of fourth order along sigmas ({@code k_lms}, upstream's scheduling_lms_discrete.py): it integrates the
 * polynomial through the last four slopes. It draws no noise.
 *
 * <p>Of its own it reads the hub's options {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas},
 * {@code sigma_min} and {@code sigma_max}.
 */
public final class LMSDiscreteScheduler extends SigmaScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "LMSDiscreteScheduler";

    private static final int ORDER = 4;
    /** The places in [-1, 1] at which two values give the integral of a cubic polynomial exactly (Gauss and Legendre). */
    private static final double GAUSS = 1 / Math.sqrt(3);

    private LMSDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, SigmaSpacing.OPTIONS);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule or a zero terminal SNR is one that the hub's class does not have
     */
    public static LMSDiscreteScheduler from(SchedulerConfig config) {
        Schedulers.checkTerminalSnr(config, CLASS_NAME);
        return new LMSDiscreteScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        List<NDArray> slopes = new ArrayList<>(); // the newest first
        slopes.add(step.epsilon());
        slopes.addAll(step.history());
        step.remember(slopes.subList(0, Math.min(slopes.size(), ORDER - 1)));
        // As upstream, a run that starts later has the order of a whole one from its first step.
        int order = Math.min(ORDER, step.state().position() + 1);
        WeightedSum sum = new WeightedSum(step.sample(), 1);
        for (int i = 0; i < slopes.size(); i++) {
            sum.add(slopes.get(i), coefficient(step, order, i));
        }
        return sum.value();
    }

    /** Integrates, over the step, the polynomial that is 1 at the level of one slope and 0 at those of the others. */
    private static double coefficient(Step step, int order, int slope) {
        double from = step.level().noise();
        double half = (step.nextLevel().noise() - from) / 2;
        double middle = from + half;
        return half
                * (lagrange(step, order, slope, middle - half * GAUSS)
                        + lagrange(step, order, slope, middle + half * GAUSS));
    }

    private static double lagrange(Step step, int order, int slope, double sigma) {
        double own = step.level(-slope).noise();
        double product = 1;
        for (int i = 0; i < order; i++) {
            if (i != slope) {
                double other = step.level(-i).noise();
                product *= (sigma - other) / (own - other);
            }
        }
        return product;
    }
}
