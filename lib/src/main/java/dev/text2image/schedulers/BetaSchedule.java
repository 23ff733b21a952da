package dev.text2image.schedulers;

import java.util.function.DoubleUnaryOperator;

/**
 * How beta, the variance of the noise added at a timestep, grows over the timesteps, in the hub's field {@code beta_schedule}.
 */
public enum BetaSchedule implements JsonNamed {
    /** Even steps from {@code beta_start} to {@code beta_end} (DDPM). */
    LINEAR,
    /** Even steps between the square roots, then squared (latent diffusion, Stable Diffusion). */
    SCALED_LINEAR,
    /** The cosine schedule of Improved DDPM (arXiv 2102.09672, section 3.2), capped at 0.999. */
    SQUAREDCOS_CAP_V2,
    /** A sigmoid over [-6, 6], scaled to the range of betas (GeoDiff). */
    SIGMOID,
    /** The Laplace distribution of log-SNR (arXiv 2407.03297), capped at 0.999. */
    LAPLACE;

    private static final double MAX_BETA = 0.999;
    private static final double SIGMOID_RANGE = 6;

    /**
     * Computes the betas in single precision, rounded where torch rounds.
     *
     * @param count the number of timesteps, at least 1
     * @param start the first beta; unused by the capped schedules
     * @param end the last beta; unused by the capped schedules
     * @return the betas in the order of the timesteps
     */
    float[] betas(int count, double start, double end) {
        return switch (this) {
            case LINEAR -> linspace(start, end, count);
            case SCALED_LINEAR -> {
                float[] roots = linspace(Math.sqrt(start), Math.sqrt(end), count);
                for (int i = 0; i < count; i++) {
                    roots[i] *= roots[i];
                }
                yield roots;
            }
            case SQUAREDCOS_CAP_V2 -> fromAlphaBar(count, BetaSchedule::cosine);
            case SIGMOID -> {
                float[] values = linspace(-SIGMOID_RANGE, SIGMOID_RANGE, count);
                for (int i = 0; i < count; i++) {
                    float sigmoid = (float) (1 / (1 + Math.exp(-values[i])));
                    values[i] = sigmoid * (float) (end - start) + (float) start;
                }
                yield values;
            }
            case LAPLACE -> fromAlphaBar(count, BetaSchedule::laplace);
        };
    }

    /** torch counts from the nearer end and fuses the multiplication with the addition; other orders differ in the last bit. */
    private static float[] linspace(double from, double to, int count) {
        float first = (float) from;
        float last = (float) to;
        float[] values = new float[count];
        if (count == 1) {
            values[0] = first;
            return values;
        }
        float step = (last - first) / (count - 1);
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? Math.fma(step, i, first) : Math.fma(-step, count - 1 - i, last);
        }
        return values;
    }

    private static float[] fromAlphaBar(int count, DoubleUnaryOperator alphaBar) {
        float[] betas = new float[count];
        for (int i = 0; i < count; i++) {
            double here = alphaBar.applyAsDouble(i / (double) count);
            double next = alphaBar.applyAsDouble((i + 1) / (double) count);
            betas[i] = (float) Math.min(1 - next / here, MAX_BETA);
        }
        return betas;
    }

    private static double cosine(double time) {
        double root = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return root * root;
    }

    private static double laplace(double time) {
        double fromCentre = 0.5 - time;
        double logSnr = -0.5 * Math.copySign(1, fromCentre) * Math.log(1 - 2 * Math.abs(fromCentre) + 1e-6);
        double snr = Math.exp(logSnr);
        return Math.sqrt(snr / (1 + snr));
    }
}
