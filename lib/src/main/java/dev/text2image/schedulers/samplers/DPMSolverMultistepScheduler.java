package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * DPM-Solver and DPM-Solver++ as multistep methods (arXiv 2206.00927 and 2211.01095), "DPM++ 2M" by default: good images in 20 to 25
 * calls of the model. It draws noise, at every step that does not end at the image, with an {@code algorithm_type} of
 * {@code sde-dpmsolver++} ("DPM++ 2M SDE") or {@code sde-dpmsolver}, and never otherwise.
 *
 * <p>Of its own it reads the hub's options {@code solver_order} (1 to 3), {@code algorithm_type}, {@code solver_type},
 * {@code lower_order_final}, {@code euler_at_final}, {@code final_sigmas_type}, {@code lambda_min_clipped}, {@code thresholding} with
 * its numbers, and {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas} or {@code use_lu_lambdas}.
 */
public final class DPMSolverMultistepScheduler extends SolverScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "DPMSolverMultistepScheduler";

    private static final String EULER_AT_FINAL = "euler_at_final";
    private static final String[] OPTIONS = Stream.concat(
                    Stream.of(SigmaSpacing.OPTIONS),
                    Stream.of("use_lu_lambdas", "final_sigmas_type", "lambda_min_clipped"))
            .toArray(String[]::new);
    /** Runs of fewer steps lower their order at the end, if they may. */
    private static final int FEW_STEPS = 15;

    private final SolverOptions solver;
    private final boolean eulerAtFinal;

    private DPMSolverMultistepScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, TimestepSpacing.LINSPACE, SolverLevels.Variant.DPM_MULTISTEP, OPTIONS);
        this.solver = SolverOptions.of(config, true);
        this.eulerAtFinal = SchedulerFields.of(config, EULER_AT_FINAL).bool(EULER_AT_FINAL, false);
        solver.check(CLASS_NAME, levels());
        if (solver.algorithm() == SolverAlgorithm.SDE_DPMSOLVER && solver.order() == 3) {
            throw new IllegalArgumentException(CLASS_NAME + ": solver_order is 3, but the algorithm_type"
                    + " \"sde-dpmsolver\" has orders 1 and 2 only; use one of them, or sde-dpmsolver++.");
        }
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    public static DPMSolverMultistepScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        return new DPMSolverMultistepScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        List<NDArray> outputs = new ArrayList<>(); // the newest first
        outputs.add(solver.convert(step));
        outputs.addAll(step.history());
        step.remember(outputs.subList(0, Math.min(outputs.size(), solver.order() - 1)));
        SolverAlgorithm.Weights weights = solver.algorithm().weights(step.level(), step.nextLevel());
        WeightedSum sum = new WeightedSum(step.sample(), weights.sample());
        switch (Math.min(outputs.size(), order(step))) {
            case 1 -> sum.add(outputs.get(0), weights.value());
            case 2 -> secondOrder(sum, step, outputs, weights);
            default -> thirdOrder(sum, step, outputs, weights);
        }
        return SolverOptions.withNoise(sum, step, weights);
    }

    private int order(Step step) {
        int left = step.callsLeft();
        boolean lowered = solver.lowerOrderFinal() && step.state().timesteps().size() < FEW_STEPS;
        if (left == 1 && (lowered || eulerAtFinal || levels().endsAtZero())) {
            return 1;
        }
        return left == 2 && lowered ? Math.min(2, solver.order()) : solver.order();
    }

    /** Adds the newest output and the slope from the one before it. */
    private void secondOrder(WeightedSum sum, Step step, List<NDArray> outputs, SolverAlgorithm.Weights weights) {
        double slope = weights.slope(solver.type()) / ratio(step, 1);
        sum.add(outputs.get(0), weights.value() + slope).add(outputs.get(1), -slope);
    }

    /** Adds the newest output, and slope and curvature of the parabola through the last three. */
    private static void thirdOrder(WeightedSum sum, Step step, List<NDArray> outputs, SolverAlgorithm.Weights weights) {
        double near = ratio(step, 1);
        double far = ratio(step, 2);
        double bend = (weights.slope() * near + weights.curvature()) / (near + far);
        double newer = (weights.slope() + bend) / near;
        double older = bend / far;
        sum.add(outputs.get(0), weights.value() + newer)
                .add(outputs.get(1), -newer - older)
                .add(outputs.get(2), older);
    }

    /** The length of an earlier step in the length of this one. */
    private static double ratio(Step step, int back) {
        NoiseLevel here = step.level();
        return (step.level(1 - back).lambda() - step.level(-back).lambda())
                / (step.nextLevel().lambda() - here.lambda());
    }

    @Override
    protected List<String> settings() {
        return Stream.concat(solver.settings().stream(), levels().settings().stream())
                .toList();
    }
}
