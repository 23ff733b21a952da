package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.JsonNamed;
import dev.text2image.schedulers.NoiseLevel;

/**
 * What a DPM-Solver integrates, in the hub's field {@code algorithm_type}: the noise that the model predicts (arXiv 2206.00927) or
 * the clean sample (arXiv 2211.01095, "++"), along the differential equation without noise or with it ("sde").
 */
enum SolverAlgorithm implements JsonNamed {
    DPMSOLVER("dpmsolver", false, false),
    DPMSOLVER_PLUS_PLUS("dpmsolver++", true, false),
    SDE_DPMSOLVER("sde-dpmsolver", false, true),
    SDE_DPMSOLVER_PLUS_PLUS("sde-dpmsolver++", true, true);

    /** How the slope enters a step of second order, in the hub's field {@code solver_type}. */
    enum SolverType implements JsonNamed {
        MIDPOINT,
        HEUN
    }

    /**
     * The weights of one step from a sample x: {@code sample·x + value·D0 + slope·D1 + curvature·D2 + noise·z}, where D0 is what the
     * algorithm integrates, at the start of the step, D1 its first and D2 its second divided difference over the step.
     *
     * @param sample the weight of the sample
     * @param value the weight of D0
     * @param slope the exact weight of D1
     * @param curvature the weight of D2
     * @param noise the weight of standard normal noise
     */
    record Weights(double sample, double value, double slope, double curvature, double noise) {
        /** The weight of D1 in a step of second order. */
        double slope(SolverType type) {
            return type == SolverType.MIDPOINT ? value / 2 : slope;
        }
    }

    private final String jsonName;
    private final boolean data;
    private final boolean random;

    SolverAlgorithm(String jsonName, boolean data, boolean random) {
        this.jsonName = jsonName;
        this.data = data;
        this.random = random;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }

    /** Whether it integrates the clean sample, and not the noise. */
    boolean isData() {
        return data;
    }

    /** Computes the weights of a step between two levels. */
    Weights weights(NoiseLevel from, NoiseLevel to) {
        double h = to.lambda() - from.lambda();
        double power = data ? (random ? -2 * h : -h) : h;
        double scale = data ? to.signal() : random ? 2 * to.noise() : to.noise();
        double value = Math.expm1(power);
        // Upstream's curvature of "sde-dpmsolver++" has the other sign of this half; equal images need the same.
        double half = data && random ? 0.5 : -0.5;
        return new Weights(
                data ? to.noise() / from.noise() * (random ? Math.exp(-h) : 1) : to.signal() / from.signal(),
                -scale * value,
                -scale * (value / power - 1),
                -scale * ((value - power) / (power * power) + half),
                random ? to.noise() * Math.sqrt(Math.abs(Math.expm1(data ? -2 * h : 2 * h))) : 0);
    }
}
