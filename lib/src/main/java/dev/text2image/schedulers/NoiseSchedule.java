package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.torch.Scalars;
import java.util.Arrays;

/**
 * The forward process: how much of the image and how much noise a sample holds at each timestep (DDPM, arXiv 2006.11239, section
 * 2).
 *
 * <p>Immutable. All constants are single precision and rounded where torch rounds, so that they equal those of diffusers.
 */
public final class NoiseSchedule {
    private final float[] betas;
    private final float[] alphasCumprod;

    private NoiseSchedule(float[] betas) {
        this.betas = betas;
        this.alphasCumprod = cumulativeProduct(betas);
    }

    /**
     * Computes the schedule that a configuration describes, with the rescaling to a zero terminal SNR if it asks for that.
     *
     * @param config the configuration, of whatever class
     * @return the schedule
     */
    public static NoiseSchedule from(SchedulerConfig config) {
        int count = config.numTrainTimesteps();
        float[] betas;
        if (config.trainedBetas().isEmpty()) {
            betas = config.betaSchedule().betas(count, config.betaStart(), config.betaEnd());
        } else {
            betas = new float[count];
            for (int i = 0; i < count; i++) {
                betas[i] = config.trainedBetas().get(i).floatValue();
            }
        }
        NoiseSchedule schedule = new NoiseSchedule(betas);
        return config.rescaleBetasZeroSnr() ? schedule.rescaleZeroTerminalSnr() : schedule;
    }

    /**
     * Returns the number of timesteps.
     *
     * @return the number; timesteps count from 0
     */
    public int size() {
        return betas.length;
    }

    /**
     * Returns the variances of the noise added at each timestep.
     *
     * @return a new array, one beta for each timestep
     */
    public float[] betas() {
        return betas.clone();
    }

    /**
     * Returns the shares of the image's variance that are left at each timestep.
     *
     * @return a new array, one value for each timestep, falling
     */
    public float[] alphasCumprod() {
        return alphasCumprod.clone();
    }

    /**
     * Returns the share of the image's variance that is left at a timestep.
     *
     * @param timestep from 0 to {@link #size} - 1
     * @return the product of (1 - beta) up to that timestep, in [0, 1]
     * @throws IllegalArgumentException if there is no such timestep
     */
    public float alphaCumprod(int timestep) {
        if (timestep < 0 || timestep >= size()) {
            throw new IllegalArgumentException(
                    "Timestep " + timestep + " is outside the schedule; it must be from 0 to " + (size() - 1) + ".");
        }
        return alphasCumprod[timestep];
    }

    /**
     * Returns the signal-to-noise ratio at a timestep.
     *
     * @param timestep from 0 to {@link #size} - 1
     * @return the ratio of the variances, at least 0
     * @throws IllegalArgumentException if there is no such timestep
     */
    public float snr(int timestep) {
        float share = alphaCumprod(timestep);
        float ratio = sqrt(share) / sqrt(1 - share);
        return ratio * ratio;
    }

    /**
     * Shifts and scales the schedule so that nothing of the image is left at the last timestep, and the first stays as it is
     * (arXiv 2305.08891, algorithm 1).
     *
     * @return the rescaled schedule
     */
    public NoiseSchedule rescaleZeroTerminalSnr() {
        int count = size();
        float first = sqrt(alphasCumprod[0]);
        float last = sqrt(alphasCumprod[count - 1]);
        float scale = first / (first - last);
        float[] rescaled = new float[count];
        float before = 1;
        for (int i = 0; i < count; i++) {
            float root = (sqrt(alphasCumprod[i]) - last) * scale;
            float share = root * root;
            rescaled[i] = 1 - share / before;
            before = share;
        }
        return new NoiseSchedule(rescaled);
    }

    /**
     * Adds noise to clean samples: {@code sqrt(a) * samples + sqrt(1 - a) * noise}, computed in float32.
     *
     * @param samples clean samples, of shape (b, ...), usually (b, c, h, w)
     * @param noise standard normal noise of the same shape
     * @param timesteps one timestep for each sample
     * @return the noisy samples, in the shape and type of {@code samples} and attached to their manager
     * @throws IllegalArgumentException if the shapes or the number of timesteps do not fit, or a timestep is outside the schedule
     */
    public NDArray addNoise(NDArray samples, NDArray noise, int[] timesteps) {
        return mix(samples, noise, timesteps, false);
    }

    /**
     * Computes what a v-prediction model has to predict: {@code sqrt(a) * noise - sqrt(1 - a) * samples}, in float32 (arXiv
     * 2202.00512, appendix D).
     *
     * @param samples clean samples, of shape (b, ...), usually (b, c, h, w)
     * @param noise the noise added to them, of the same shape
     * @param timesteps one timestep for each sample
     * @return the velocities, in the shape and type of {@code samples} and attached to their manager
     * @throws IllegalArgumentException if the shapes or the number of timesteps do not fit, or a timestep is outside the schedule
     */
    public NDArray velocity(NDArray samples, NDArray noise, int[] timesteps) {
        return mix(samples, noise, timesteps, true);
    }

    private NDArray mix(NDArray samples, NDArray noise, int[] timesteps, boolean velocity) {
        Shape shape = samples.getShape();
        checkBatch(shape, noise.getShape(), timesteps);
        float[] signal = new float[timesteps.length];
        float[] rest = new float[timesteps.length];
        for (int i = 0; i < timesteps.length; i++) {
            float share = alphaCumprod(timesteps[i]);
            signal[i] = sqrt(share);
            rest[i] = sqrt(1 - share);
        }
        long[] broadcast = new long[shape.dimension()];
        Arrays.fill(broadcast, 1);
        broadcast[0] = timesteps.length;
        try (Scratch scratch = new Scratch(samples)) {
            NDArray clean = scratch.float32(samples);
            NDArray random = scratch.float32(noise);
            NDArray signalScale = Scalars.beside(clean, new Shape(broadcast), signal); // (b, 1, 1, 1)
            NDArray noiseScale = Scalars.beside(clean, new Shape(broadcast), rest); // (b, 1, 1, 1)
            NDArray mixed = velocity
                    ? random.mul(signalScale).sub(clean.mul(noiseScale))
                    : clean.mul(signalScale).add(random.mul(noiseScale));
            return scratch.release(mixed);
        }
    }

    private static void checkBatch(Shape samples, Shape noise, int[] timesteps) {
        if (samples.dimension() == 0) {
            throw new IllegalArgumentException("The samples are a scalar; they must have a batch axis, (b, ...).");
        }
        if (!samples.equals(noise)) {
            throw new IllegalArgumentException(
                    "The noise has shape " + noise + "; it must have that of the samples, " + samples + ".");
        }
        if (samples.get(0) != timesteps.length) {
            throw new IllegalArgumentException("There are " + timesteps.length + " timesteps for " + samples.get(0)
                    + " samples; pass one for each sample.");
        }
    }

    /** torch accumulates single-precision products in double precision and rounds each of them. */
    private static float[] cumulativeProduct(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int i = 0; i < betas.length; i++) {
            product *= 1 - betas[i];
            products[i] = (float) product;
        }
        return products;
    }

    /**
     * Takes a square root in single precision.
     *
     * @param value at least 0
     * @return the correctly rounded root
     */
    public static float sqrt(float value) {
        return (float) Math.sqrt(value);
    }
}
