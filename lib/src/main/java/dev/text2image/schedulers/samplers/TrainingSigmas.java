package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.SchedulerConfig;

/** The ratio of noise to image at each timestep of training, and what lies between. */
final class TrainingSigmas {
    private static final float ALMOST_ZERO_ALPHA = 0x1p-24f;

    private final float[] sigmas;

    TrainingSigmas(SchedulerConfig config, NoiseSchedule noiseSchedule) {
        sigmas = noiseSchedule.alphasCumprod();
        if (config.rescaleBetasZeroSnr()) {
            // A sigma cannot be infinite.
            sigmas[sigmas.length - 1] = ALMOST_ZERO_ALPHA;
        }
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = NoiseSchedule.sqrt((1 - sigmas[i]) / sigmas[i]);
        }
    }

    float smallest() {
        return sigmas[0];
    }

    float largest() {
        return sigmas[sigmas.length - 1];
    }

    /** Counts the timesteps that are at most as noisy as a sample of this half logarithm of the signal-to-noise ratio. */
    int countFrom(double lambda) {
        int count = sigmas.length;
        while (count > 1 && -Math.log(sigmas[count - 1]) < lambda) {
            count--;
        }
        return count;
    }

    /** Interpolates between the sigmas of whole timesteps. */
    double sigmaAt(double timestep) {
        int below = Math.min((int) timestep, sigmas.length - 2);
        if (below < 0) {
            return sigmas[0];
        }
        return sigmas[below] + ((double) sigmas[below + 1] - sigmas[below]) * (timestep - below);
    }

    /**
     * Interpolates between the logarithms of the sigmas of whole timesteps, which are rounded to float32 as upstream: that decides
     * whether the first timestep of a run, where it is cut to a whole one, is the last of training or the one before.
     */
    double timestepOf(double sigma) {
        double log = Math.log(Math.max(sigma, 1e-10));
        int below = 0;
        while (below < sigmas.length - 2 && logAt(below + 1) <= log) {
            below++;
        }
        double weight = (logAt(below) - log) / (logAt(below) - logAt(below + 1));
        double held = Math.min(Math.max(weight, 0), 1);
        return (1 - held) * below + held * (below + 1);
    }

    private float logAt(int timestep) {
        return (float) Math.log(sigmas[timestep]);
    }
}
