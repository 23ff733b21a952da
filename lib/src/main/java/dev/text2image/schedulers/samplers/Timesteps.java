package dev.text2image.schedulers.samplers;

import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.Arrays;

/** The checks and the spreading of timesteps that all schedulers share. */
final class Timesteps {
    private Timesteps() {}

    /** Spreads a run over timesteps of training, descending. */
    static int[] whole(SchedulerConfig config, int numInferenceSteps, TimestepSpacing spacing) {
        return rounded(spread(config, numInferenceSteps, spacing));
    }

    /** Rounds to whole timesteps, halves to even as NumPy does. */
    static int[] rounded(double[] timesteps) {
        return Arrays.stream(timesteps)
                .mapToInt(timestep -> (int) Math.rint(timestep))
                .toArray();
    }

    /** Spreads a run over timesteps that may be fractions, descending. */
    static double[] spread(SchedulerConfig config, int numInferenceSteps, TimestepSpacing spacing) {
        checkCount(config, numInferenceSteps);
        double[] timesteps = spacing.timesteps(numInferenceSteps, config.numTrainTimesteps(), config.stepsOffset());
        checkFirst(config, numInferenceSteps, (int) timesteps[0]);
        return timesteps;
    }

    static void checkCount(SchedulerConfig config, int numInferenceSteps) {
        int trainTimesteps = config.numTrainTimesteps();
        if (numInferenceSteps < 1 || numInferenceSteps > trainTimesteps) {
            throw new IllegalArgumentException("num_inference_steps is " + numInferenceSteps + "; it must be from 1 to "
                    + trainTimesteps + ", the number of timesteps in training.");
        }
    }

    static void checkFirst(SchedulerConfig config, int numInferenceSteps, int first) {
        int trainTimesteps = config.numTrainTimesteps();
        if (first >= trainTimesteps) {
            throw new IllegalArgumentException("The first timestep would be " + first + ", but training has 0 to "
                    + (trainTimesteps - 1) + "; use fewer than " + numInferenceSteps
                    + " inference steps or a steps_offset below " + config.stepsOffset() + ".");
        }
    }

    /** Checks timesteps that a caller chose: in range and strictly descending. */
    static void check(SchedulerConfig config, int... timesteps) {
        int trainTimesteps = config.numTrainTimesteps();
        if (timesteps.length == 0) {
            throw new IllegalArgumentException("There are no timesteps; pass at least one.");
        }
        if (timesteps[0] >= trainTimesteps || timesteps[timesteps.length - 1] < 0) {
            throw new IllegalArgumentException("The timesteps " + Arrays.toString(timesteps)
                    + " leave the range of training; they must be from 0 to " + (trainTimesteps - 1) + ".");
        }
        for (int i = 1; i < timesteps.length; i++) {
            if (timesteps[i] >= timesteps[i - 1]) {
                throw new IllegalArgumentException("Timestep " + timesteps[i] + " follows " + timesteps[i - 1]
                        + "; timesteps must be in descending order.");
            }
        }
    }
}
