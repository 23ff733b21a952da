package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.lora.WeightedLora;
import dev.text2image.pipelines.StableDiffusionPipeline;
import java.util.List;
import java.util.function.Function;

/**
 * The LoRA files that pictures are drawn with.
 *
 * @param files the files with their weights, perhaps none
 * @param start the share of the steps after which they begin to count, from 0 to below 1
 */
record LoraUse(List<WeightedLora> files, double start) {
    /**
     * Copies the list.
     *
     * @throws InvalidInputException if the share is another number, or is given without a file
     */
    LoraUse {
        files = List.copyOf(files);
        if (!(start >= 0 && start < 1)) {
            throw new InvalidInputException(
                    "lora_start is " + start + "; it must be from 0 to below 1: a share of the steps.");
        }
        if (start > 0 && files.isEmpty()) {
            throw new InvalidInputException("lora_start is given, but no LoRA file; give one with --lora.");
        }
    }

    /** Gives a task the pipeline with the files, which are closed behind it. */
    <T> T with(StableDiffusionPipeline pipeline, Function<StableDiffusionPipeline, T> task) {
        return with(
                pipeline, files, changed -> task.apply(start == 0 ? changed : pipeline.withRefiner(changed, start)));
    }

    private static <T> T with(
            StableDiffusionPipeline pipeline, List<WeightedLora> left, Function<StableDiffusionPipeline, T> task) {
        if (left.isEmpty()) {
            return task.apply(pipeline);
        }
        try (StableDiffusionPipeline changed = pipeline.withLora(left.get(0))) {
            return with(changed, left.subList(1, left.size()), task);
        }
    }
}
