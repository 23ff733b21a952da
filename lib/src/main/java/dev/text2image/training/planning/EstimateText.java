package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A {@link TrainingEstimate} in words. */
final class EstimateText {
    private EstimateText() {}

    /** Aligned lines. */
    static String of(TrainingEstimate estimate) {
        Map<String, String> lines = lines(estimate);
        int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        return lines.entrySet().stream()
                .map(line ->
                        line.getKey() + " ".repeat(width + 2 - line.getKey().length()) + line.getValue())
                .collect(Collectors.joining("\n"));
    }

    /** The figures by what they are. */
    static Map<String, String> lines(TrainingEstimate estimate) {
        Map<String, String> lines = new LinkedHashMap<>();
        for (TrainingEstimate.Part part : estimate.parts()) {
            lines.put(
                    part.name(),
                    format("%,d parameters, %s", part.parameters(), part.trained() ? "trained" : "frozen"));
        }
        run(estimate, lines);
        estimate.memory().parts().forEach((name, bytes) -> lines.put(name, format("%10s", ByteSize.text(bytes))));
        verdict(estimate, lines);
        disk(estimate.disk(), lines);
        return lines;
    }

    private static void run(TrainingEstimate estimate, Map<String, String> lines) {
        TrainingPlan plan = estimate.plan();
        double passes = (double) plan.totalSteps() / plan.stepsPerEpoch();
        lines.put(
                "images",
                format("%,d in %,d batches of %d", estimate.images(), plan.batchesPerEpoch(), estimate.batchSize()));
        if (estimate.priorImages() > 0) {
            lines.put(
                    "prior",
                    format("%,d images, %d more of them in each batch", estimate.priorImages(), estimate.batchSize()));
        }
        lines.put(
                "steps",
                format(
                        "%,d of %d x %d images in %,d epochs, each image %.1f times",
                        plan.totalSteps(), plan.accumulation(), estimate.batchSize(), plan.epochs(), passes));
        int replicas = estimate.devices().stream()
                .mapToInt(TrainingEstimate.DeviceUse::replicas)
                .sum();
        if (replicas > 1) {
            lines.put("replicas", format("%d, which share each batch", replicas));
        }
        lines.put("number format", estimate.numberFormat());
    }

    private static void verdict(TrainingEstimate estimate, Map<String, String> lines) {
        TrainingMemory memory = estimate.memory();
        for (TrainingEstimate.DeviceUse use : estimate.devices()) {
            lines.put(
                    "memory on " + use.device(),
                    format(
                            "%10s%s of %s free (%s in all): %s",
                            ByteSize.text(use.needed()),
                            use.replicas() == 1 ? "" : " for " + use.replicas() + " replicas",
                            ByteSize.text(use.memory().free()),
                            ByteSize.text(use.memory().total()),
                            use.fits() ? "fits" : "does not fit"));
        }
        boolean onCpu = estimate.devices().get(0).device().equals("cpu");
        if (!onCpu && memory.inMainMemory() > 0) {
            long main = estimate.mainMemory().free();
            lines.put(
                    "main memory",
                    format(
                            "%10s of %s free: %s",
                            ByteSize.text(memory.inMainMemory()),
                            ByteSize.text(main),
                            memory.inMainMemory() <= main ? "fits" : "does not fit"));
        }
        for (MemoryAdvice advice : estimate.advice()) {
            lines.put("  " + advice.option(), format("saves %s", ByteSize.text(advice.saves())));
        }
    }

    private static void disk(DiskUse disk, Map<String, String> lines) {
        lines.put("checkpoints", format("%10s x %d", ByteSize.text(disk.checkpoint()), disk.checkpoints()));
        lines.put("fine-tuned model", format("%10s", ByteSize.text(disk.model())));
        if (disk.caches() > 0) {
            lines.put("caches on disk", format("%10s", ByteSize.text(disk.caches())));
        }
        lines.put("disk", format("%10s of %s free", ByteSize.text(disk.total()), ByteSize.text(disk.free())));
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
