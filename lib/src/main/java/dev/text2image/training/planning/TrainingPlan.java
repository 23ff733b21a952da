package dev.text2image.training.planning;

import dev.text2image.training.config.TrainingConfig;

/**
 * How a run divides into epochs, optimizer steps and micro-batches.
 *
 * @param batchesPerEpoch micro-batches in an epoch
 * @param accumulation micro-batches in an optimizer step; the last step of an epoch may have fewer
 * @param totalSteps optimizer steps of the run
 * @param diffusersCompatible whether loss and gradients of an epoch's last step are divided by the whole accumulation even if it has
 *     fewer micro-batches, as diffusers' script does, which makes such a step too small
 */
public record TrainingPlan(int batchesPerEpoch, int accumulation, int totalSteps, boolean diffusersCompatible) {
    /**
     * Plans a run.
     *
     * @param config the hyper-parameters
     * @param batchesPerEpoch micro-batches in an epoch
     * @return the plan
     */
    public static TrainingPlan of(TrainingConfig config, int batchesPerEpoch) {
        int accumulation = config.gradientAccumulationSteps();
        int stepsPerEpoch = (batchesPerEpoch + accumulation - 1) / accumulation;
        Integer maxTrainSteps = config.maxTrainSteps();
        int total = maxTrainSteps != null ? maxTrainSteps : Math.multiplyExact(config.numTrainEpochs(), stepsPerEpoch);
        return new TrainingPlan(batchesPerEpoch, accumulation, total, config.diffusersCompatible());
    }

    /**
     * Returns the number of optimizer steps in an epoch.
     *
     * @return at least 1
     */
    public int stepsPerEpoch() {
        return (batchesPerEpoch + accumulation - 1) / accumulation;
    }

    /**
     * Returns the number of epochs that the run touches.
     *
     * @return at least 1
     */
    public int epochs() {
        return (totalSteps + stepsPerEpoch() - 1) / stepsPerEpoch();
    }

    /**
     * Returns the epoch of an optimizer step.
     *
     * @param step the number of steps done before it
     * @return the epoch, from 0
     */
    public int epochOf(int step) {
        return step / stepsPerEpoch();
    }

    /**
     * Returns the first micro-batch of an optimizer step within its epoch.
     *
     * @param step the number of steps done before it
     * @return its number, from 0
     */
    public int firstBatchOf(int step) {
        return step % stepsPerEpoch() * accumulation;
    }

    /**
     * Returns how many micro-batches an optimizer step has.
     *
     * @param step the number of steps done before it
     * @return at least 1
     */
    public int groupSizeOf(int step) {
        return Math.min(accumulation, batchesPerEpoch - firstBatchOf(step));
    }

    /**
     * Returns by what the sum of the losses of an optimizer step's micro-batches is divided.
     *
     * @param step the number of steps done before it
     * @return at least 1
     */
    public int divisorOf(int step) {
        return diffusersCompatible ? accumulation : groupSizeOf(step);
    }
}
