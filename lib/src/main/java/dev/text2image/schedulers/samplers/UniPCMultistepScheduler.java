package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.JsonNamed;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.jspecify.annotations.Nullable;

/**
 * The unified predictor-corrector UniPC (arXiv 2302.04867): each output of the model first corrects the sample that it was computed
 * from, and then predicts the next one. It draws no noise.
 *
 * <p>Of its own it reads the hub's options {@code solver_order}, {@code solver_type}, {@code predict_x0}, {@code lower_order_final},
 * {@code final_sigmas_type}, {@code thresholding} with its numbers, and {@code use_karras_sigmas}, {@code use_exponential_sigmas} or
 * {@code use_beta_sigmas}. A step to the image itself is of first order, whatever {@code lower_order_final} says.
 */
public final class UniPCMultistepScheduler extends SolverScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "UniPCMultistepScheduler";

    private static final int MAX_ORDER = 5;
    private static final String[] OPTIONS = Stream.concat(
                    Stream.of(SigmaSpacing.OPTIONS),
                    Stream.of("final_sigmas_type", "solver_order", "solver_type", "predict_x0", "lower_order_final"))
            .toArray(String[]::new);

    /** The function B of the paper's formula 8, in the hub's field {@code solver_type}. */
    private enum SolverType implements JsonNamed {
        BH1,
        BH2
    }

    private final int solverOrder;
    private final SolverType type;
    private final boolean data;
    private final boolean lowerOrderFinal;
    private final CleanLimit limit;

    private UniPCMultistepScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, TimestepSpacing.LINSPACE, SolverLevels.Variant.UNIPC, OPTIONS);
        SchedulerFields fields = SchedulerFields.of(config, OPTIONS);
        this.solverOrder = fields.integer("solver_order", 2, 1, MAX_ORDER);
        // As upstream, names of methods that only other solvers have stand for the default.
        this.type = fields.named("solver_type", SolverType.BH2, "midpoint", "heun", "logrho");
        this.data = fields.bool("predict_x0", true);
        this.lowerOrderFinal = fields.bool("lower_order_final", true);
        this.limit = CleanLimit.ofThresholding(config);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have, or an option is not supported
     */
    public static UniPCMultistepScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        return new UniPCMultistepScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        NDArray output = data ? limit.apply(step.clean()) : step.epsilon();
        List<NDArray> history = step.history(); // the sample before, then the outputs, the newest first
        NDArray sample = step.sample();
        List<NDArray> outputs = new ArrayList<>(List.of(output));
        if (!history.isEmpty()) {
            List<NDArray> earlier = history.subList(1, history.size());
            sample = update(step, -1, history.get(0), earlier, output);
            outputs.addAll(earlier.subList(0, Math.min(earlier.size(), solverOrder - 1)));
        }
        List<NDArray> kept = new ArrayList<>(List.of(sample));
        kept.addAll(outputs);
        step.remember(kept);
        return update(step, 0, sample, outputs, null);
    }

    /** The order of the step from a level: no higher than there are outputs, and low at the end. */
    private int order(Step step, int from, int outputs) {
        float next = step.level(from + 1).noise();
        if (next == 0 || next == step.level(from).noise()) {
            return 1;
        }
        int most = lowerOrderFinal ? Math.min(solverOrder, step.callsLeft() - from) : solverOrder;
        return Math.min(most, outputs);
    }

    /**
     * One step of the method from a level (formulas 3 and 8).
     *
     * @param from the level's offset: 0 to predict, -1 to correct
     * @param sample the sample there
     * @param outputs what the model implied there and before, the newest first
     * @param target what it implied at the end of the step, or null to predict
     */
    private NDArray update(Step step, int from, NDArray sample, List<NDArray> outputs, @Nullable NDArray target) {
        int order = order(step, from, outputs.size());
        NoiseLevel start = step.level(from);
        NoiseLevel end = step.level(from + 1);
        double h = end.lambda() - start.lambda();
        double power = data ? -h : h;
        double scale = data ? end.signal() : end.noise();
        double base = type == SolverType.BH1 ? power : Math.expm1(power);
        double[] places = new double[order]; // of the earlier outputs and of the target, in steps from the level
        for (int i = 1; i < order; i++) {
            places[i - 1] = (step.level(from - i).lambda() - start.lambda()) / h;
        }
        places[order - 1] = 1;
        double[] shares = target == null ? predictor(places, power, base) : corrector(places, power, base);
        WeightedSum sum = new WeightedSum(sample, data ? end.noise() / start.noise() : end.signal() / start.signal());
        double newest = -scale * Math.expm1(power);
        for (int i = 0; i < shares.length; i++) {
            double weight = -scale * base * shares[i] / places[i];
            newest -= weight;
            sum.add(i == order - 1 && target != null ? target : outputs.get(i + 1), weight);
        }
        return sum.add(outputs.get(0), newest).value();
    }

    /** The shares of the earlier differences; upstream rounds that of the second order to a half. */
    private static double[] predictor(double[] places, double power, double base) {
        return switch (places.length) {
            case 1 -> new double[0];
            case 2 -> new double[] {0.5};
            default -> solve(places, places.length - 1, power, base);
        };
    }

    /** The shares of the earlier differences and of the one to the target. */
    private static double[] corrector(double[] places, double power, double base) {
        return places.length == 1 ? new double[] {0.5} : solve(places, places.length, power, base);
    }

    /** Solves the conditions of order (formula 7) for the first {@code count} places. */
    private static double[] solve(double[] places, int count, double power, double base) {
        double[][] matrix = new double[count][count];
        double[] right = new double[count];
        double phi = Math.expm1(power) / power - 1;
        double factorial = 1;
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                matrix[i][j] = Math.pow(places[j], i);
            }
            right[i] = phi * factorial / base;
            factorial *= i + 2;
            phi = phi / power - 1 / factorial;
        }
        return new LUDecomposition(new Array2DRowRealMatrix(matrix, false))
                .getSolver()
                .solve(new ArrayRealVector(right, false))
                .toArray();
    }

    @Override
    protected List<String> settings() {
        return Stream.concat(
                        Stream.of("solver_type " + type.jsonName(), "solver_order " + solverOrder),
                        levels().settings().stream())
                .toList();
    }
}
