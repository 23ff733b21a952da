package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.Step;
import java.util.List;

/**
 * What the two DPM-Solvers read alike.
 *
 * @param order the hub's {@code solver_order}, from 1 to 3
 * @param algorithm the hub's {@code algorithm_type}
 * @param type the hub's {@code solver_type}
 * @param lowerOrderFinal the hub's {@code lower_order_final}
 * @param limit what is done to a predicted clean sample
 */
record SolverOptions(
        int order,
        SolverAlgorithm algorithm,
        SolverAlgorithm.SolverType type,
        boolean lowerOrderFinal,
        CleanLimit limit) {
    private static final String[] OPTIONS = {"solver_order", "algorithm_type", "solver_type", "lower_order_final"};

    /** Reads the options; names of methods that only other solvers have stand for the default, as upstream. */
    static SolverOptions of(SchedulerConfig config, boolean lowerOrderFinalByDefault) {
        SchedulerFields fields = SchedulerFields.of(config, OPTIONS);
        return new SolverOptions(
                fields.integer("solver_order", 2, 1, 3),
                fields.named("algorithm_type", SolverAlgorithm.DPMSOLVER_PLUS_PLUS, "deis"),
                fields.named("solver_type", SolverAlgorithm.SolverType.MIDPOINT, "logrho", "bh1", "bh2"),
                fields.bool("lower_order_final", lowerOrderFinalByDefault),
                CleanLimit.ofThresholding(config));
    }

    /** Refuses what divides by a signal-to-noise ratio that is infinite. */
    void check(String className, SolverLevels levels) {
        if (!algorithm.isData() && levels.endsAtZero()) {
            throw new IllegalArgumentException(className + ": final_sigmas_type is \"zero\" with the algorithm_type \""
                    + algorithm.jsonName() + "\"; set it to sigma_min, or use dpmsolver++ or sde-dpmsolver++.");
        }
    }

    /** What the algorithm integrates, from the model output. */
    NDArray convert(Step step) {
        if (algorithm.isData()) {
            return limit.apply(step.clean());
        }
        return limit.active() ? step.epsilonBeside(limit.apply(step.clean())) : step.epsilon();
    }

    /** Adds the noise of a step, if it has any. */
    static NDArray withNoise(WeightedSum sum, Step step, SolverAlgorithm.Weights weights) {
        return weights.noise() == 0
                ? sum.value()
                : sum.add(step.noise(), weights.noise()).value();
    }

    List<String> settings() {
        return List.of("algorithm_type " + algorithm.jsonName(), "solver_order " + order);
    }
}
