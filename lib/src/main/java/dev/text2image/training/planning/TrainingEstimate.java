package dev.text2image.training.planning;

import dev.text2image.torch.DeviceMemory;
import dev.text2image.training.config.TrainingConfig;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What a run is going to take, found before any weight is loaded.
 *
 * <pre>{@code
 * TrainingEstimate estimate = TrainingEstimate.of(config);
 * System.out.println(estimate.text());
 * }</pre>
 *
 * @param parts the models
 * @param images number of images to train on
 * @param priorImages number of images of the prior, as many of which join each micro-batch
 * @param data what was found in the data sets
 * @param plan steps and epochs
 * @param batchSize images in a micro-batch, on all devices together
 * @param numberFormat what the matrix work is done in, why, and what that costs where it is slower than float32
 * @param devices the devices, the optimizer's first
 * @param memory what the run needs on the optimizer's device and in main memory
 * @param mainMemory what main memory has
 * @param disk what the run writes
 * @param advice if the device is too small: options that make the run fit, those that cost least first
 */
public record TrainingEstimate(
        List<Part> parts,
        int images,
        int priorImages,
        DataCheck data,
        TrainingPlan plan,
        int batchSize,
        String numberFormat,
        List<DeviceUse> devices,
        TrainingMemory memory,
        DeviceMemory mainMemory,
        DiskUse disk,
        List<MemoryAdvice> advice) {
    /** Copies the lists. */
    public TrainingEstimate {
        parts = List.copyOf(parts);
        devices = List.copyOf(devices);
        advice = List.copyOf(advice);
    }

    /**
     * One of the models.
     *
     * @param name what it is
     * @param parameters how many numbers it has
     * @param trained whether they are trained
     */
    public record Part(String name, long parameters, boolean trained) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s %,d (%s)", name, parameters, trained ? "trained" : "frozen");
        }
    }

    /**
     * What the replicas on a device need.
     *
     * @param device name of the device
     * @param replicas how many there are, at least 1
     * @param needed what they need in bytes; on the CPU with what else is in main memory
     * @param memory what the device has
     */
    public record DeviceUse(String device, int replicas, long needed, DeviceMemory memory) {
        /**
         * Says whether the device is large enough.
         *
         * @return true if the replicas fit
         */
        public boolean fits() {
            return needed <= memory.free();
        }
    }

    /**
     * Checks a run and estimates it. Only configurations, headers of weight files, the tokenizer and the list of the data set are read.
     *
     * @param config the hyper-parameters
     * @return the estimate
     * @throws dev.text2image.io.InvalidInputException listing everything that keeps the run from starting, a line for each; too
     *     little memory does not
     */
    public static TrainingEstimate of(TrainingConfig config) {
        return Preflight.run(config);
    }

    /**
     * Says whether device and main memory are large enough.
     *
     * @return true if the run fits
     */
    public boolean fits() {
        return devices.stream().allMatch(DeviceUse::fits) && memory.inMainMemory() <= mainMemory.free();
    }

    /**
     * Lists the estimate.
     *
     * @return a row for each figure; columns what and value
     */
    public Table table() {
        Map<String, String> lines = EstimateText.lines(this);
        return Table.create(
                "estimate", StringColumn.create("what", lines.keySet()), StringColumn.create("value", lines.values()));
    }

    /**
     * Describes the estimate for the console.
     *
     * @return aligned lines
     */
    public String text() {
        return EstimateText.of(this);
    }
}
