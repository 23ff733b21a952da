package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * DPM-Solver and DPM-Solver++ as single-step methods (arXiv 2206.00927 and 2211.01095): groups of as many calls as the order is high,
 * of which all start from the sample of the group's first. It draws noise, at every step that does not end at the image, with an
 * {@code algorithm_type} of {@code sde-dpmsolver++}, and never otherwise.
 *
 * <p>Of its own it reads the hub's options {@code solver_order} (1 to 3), {@code algorithm_type}, {@code solver_type},
 * {@code lower_order_final}, {@code final_sigmas_type}, {@code lambda_min_clipped}, {@code thresholding} with its numbers, and
 * {@code use_karras_sigmas}, {@code use_exponential_sigmas} or {@code use_beta_sigmas}. Timesteps are spread as by linspace, whatever
 * {@code timestep_spacing} says, as in the hub's class.
 */
public final class DPMSolverSinglestepScheduler extends SolverScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DPMSolverSinglestepScheduler";

    private static final String[] OPTIONS = Stream.concat(
                    Stream.of(SigmaSpacing.OPTIONS), Stream.of("final_sigmas_type", "lambda_min_clipped"))
            .toArray(String[]::new);

    private final SolverOptions solver;

    private DPMSolverSinglestepScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, null, SolverLevels.Variant.DPM_SINGLESTEP, OPTIONS);
        this.solver = SolverOptions.of(config, false);
        if (solver.algorithm() == SolverAlgorithm.SDE_DPMSOLVER) {
            throw new IllegalArgumentException(CLASS_NAME + ": algorithm_type is \"sde-dpmsolver\"; use one of:"
                    + " dpmsolver, dpmsolver++, sde-dpmsolver++, or DPMSolverMultistepScheduler.");
        }
        solver.check(CLASS_NAME, levels());
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule or a zero terminal SNR is one that the hub's class does not have, or an
     *     option is not supported
     */
    public static DPMSolverSinglestepScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        Schedulers.checkTerminalSnr(config, CLASS_NAME);
        return new DPMSolverSinglestepScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        List<NDArray> history = step.history(); // the group's first sample, then the outputs, the newest first
        List<NDArray> outputs = new ArrayList<>();
        outputs.add(solver.convert(step));
        outputs.addAll(history.isEmpty() ? history : history.subList(1, history.size()));
        int order = Math.min(
                outputs.size(),
                order(step.state().position(), step.state().timesteps().size()));
        NDArray anchor = order == 1 ? step.sample() : history.get(0);
        List<NDArray> kept = new ArrayList<>(List.of(anchor));
        kept.addAll(outputs.subList(0, Math.min(outputs.size(), solver.order() - 1)));
        step.remember(kept);
        SolverAlgorithm.Weights weights = solver.algorithm().weights(step.level(1 - order), step.nextLevel());
        WeightedSum sum = new WeightedSum(anchor, weights.sample());
        switch (order) {
            case 1 -> sum.add(outputs.get(0), weights.value());
            case 2 -> secondOrder(sum, step, outputs, weights);
            default -> thirdOrder(sum, step, outputs, weights);
        }
        return SolverOptions.withNoise(sum, step, weights);
    }

    /** The place of a call in its group, from 1; groups are shorter at the end where they do not fit or must not be of high order. */
    private int order(int position, int calls) {
        int most = solver.order();
        if (position == calls - 1 && levels().endsAtZero()) {
            return 1;
        }
        boolean lowered = solver.lowerOrderFinal() || levels().endsAtZero() || calls % most != 0;
        // A last group that would be whole is broken up: 1 2 1 for order 3, 1 1 for order 2.
        if (lowered && most > 1 && calls % most == 0 && position == calls - 1) {
            return 1;
        }
        return position % most + 1;
    }

    /** Adds the group's first output and the slope from it to the newest. */
    private void secondOrder(WeightedSum sum, Step step, List<NDArray> outputs, SolverAlgorithm.Weights weights) {
        double slope = weights.slope(solver.type()) / place(step, 0, -1);
        sum.add(outputs.get(1), weights.value() - slope).add(outputs.get(0), slope);
    }

    /** Adds the group's first output, and slope and curvature of the parabola through its three, or only the slope. */
    private void thirdOrder(WeightedSum sum, Step step, List<NDArray> outputs, SolverAlgorithm.Weights weights) {
        double newest = place(step, 0, -2);
        double middle = place(step, -1, -2);
        double toNewest = weights.slope() / newest;
        double toMiddle = 0;
        if (solver.type() == SolverAlgorithm.SolverType.HEUN) {
            double width = newest - middle;
            toMiddle = (weights.slope() * newest - 2 * weights.curvature()) / (width * middle);
            toNewest = (2 * weights.curvature() - weights.slope() * middle) / (width * newest);
        }
        sum.add(outputs.get(2), weights.value() - toMiddle - toNewest)
                .add(outputs.get(1), toMiddle)
                .add(outputs.get(0), toNewest);
    }

    /** Where a level lies on the way of the group, from 0 at its first level to 1 at the next one. */
    private static double place(Step step, int offset, int first) {
        NoiseLevel start = step.level(first);
        return (step.level(offset).lambda() - start.lambda())
                / (step.nextLevel().lambda() - start.lambda());
    }

    @Override
    protected List<String> settings() {
        return Stream.concat(solver.settings().stream(), levels().settings().stream())
                .toList();
    }
}
