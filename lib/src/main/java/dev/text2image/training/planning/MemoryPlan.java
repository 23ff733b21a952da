package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;
import dev.text2image.nn.Precision;
import dev.text2image.training.config.TrainingConfig;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** What a run has to change to fit GPUs of several sizes, whatever device is at hand. */
public final class MemoryPlan {
    /** What the driver, CUDA's libraries and a little fragmentation take. */
    private static final long RESERVED = 1L << 30;

    private static final double GIB = 1L << 30;

    private MemoryPlan() {}

    /**
     * Plans a run of Stable Diffusion 1.5; no model and no data are needed.
     *
     * @param config the hyper-parameters
     * @param images number of images to train on, each with its own caption
     * @param gib sizes of GPUs in GiB
     * @return a row for each GPU; columns GPU, needs, add to the command, needs then
     */
    public static Table stableDiffusion(TrainingConfig config, int images, int... gib) {
        ModelOutlines models = ModelOutlines.stableDiffusion();
        DataSummary data = new DataSummary(images, 0, images);
        StringColumn gpu = StringColumn.create("GPU");
        StringColumn needs = StringColumn.create("needs");
        StringColumn change = StringColumn.create("add to the command");
        StringColumn then = StringColumn.create("needs then");
        ToLongFunction<TrainingConfig> size = changed -> TrainingMemory.of(
                        changed, changed.mixedPrecision().or(() -> Precision.BF16), models, data, true)
                .onDevice();
        long needed = size.applyAsLong(config);
        for (int gibibytes : gib) {
            long available = (long) (gibibytes * GIB) - RESERVED;
            List<MemoryAdvice> advice = MemoryAdvisor.of(config, size, available, true);
            long left = needed - advice.stream().mapToLong(MemoryAdvice::saves).sum();
            gpu.append(gibibytes + " GiB");
            needs.append(ByteSize.text(needed));
            change.append(advice.stream().map(MemoryAdvice::option).collect(Collectors.joining(" ")));
            then.append(
                    String.format(Locale.ROOT, "%s%s", ByteSize.text(left), left <= available ? "" : ", does not fit"));
        }
        return Table.create("memory", gpu, needs, change, then);
    }
}
