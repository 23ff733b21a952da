package dev.text2image.training.planning;

import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Finds options that make a run fit, those that cost least first. */
final class MemoryAdvisor {
    private static final int SMALLEST_EDGE = 64;

    private final ToLongFunction<TrainingConfig> size;
    private final long available;
    private final boolean onGpu;
    private final List<MemoryAdvice> advice = new ArrayList<>();
    private TrainingConfig config;
    private long needed;

    private MemoryAdvisor(TrainingConfig config, ToLongFunction<TrainingConfig> size, long available, boolean onGpu) {
        this.config = config;
        this.size = size;
        this.available = available;
        this.onGpu = onGpu;
        this.needed = size.applyAsLong(config);
    }

    /**
     * Tries options one after the other until the run fits.
     *
     * @param config the run
     * @param size the memory that a run needs
     * @param available the memory that there is
     * @param onGpu whether main memory is another one
     * @return options that are not chosen yet and save something; none if the run fits as it is
     */
    static List<MemoryAdvice> of(
            TrainingConfig config, ToLongFunction<TrainingConfig> size, long available, boolean onGpu) {
        MemoryAdvisor advisor = new MemoryAdvisor(config, size, available, onGpu);
        advisor.tryAll();
        return List.copyOf(advisor.advice);
    }

    private void tryAll() {
        cache();
        attempt(
                "--gradient_checkpointing",
                config.toBuilder().gradientCheckpointing(Checkpointing.FULL).build());
        if (onGpu) { // a processor may take many times as long in bfloat16
            attempt(
                    "--mixed_precision bf16",
                    config.toBuilder().mixedPrecision(MixedPrecision.BF16).build());
            attempt("--offload_ema", config.toBuilder().offloadEma(true).build());
        }
        attempt("--use_8bit_adam", config.toBuilder().use8bitAdam(true).build());
        smallerBatch();
        smallerImages();
    }

    /** Caches go to the disk where main memory is the memory that lacks. */
    private void cache() {
        CacheMode mode = onGpu ? CacheMode.MEMORY : CacheMode.DISK;
        String value = onGpu ? "" : " disk";
        if (keepsModel(config.cacheLatents())) {
            String crop = config.centerCrop() ? "" : " --center_crop";
            attempt(
                    "--cache_latents" + value + crop,
                    config.toBuilder().cacheLatents(mode).centerCrop(true).build());
        }
        if (keepsModel(config.cacheTextEmbeddings()) && !config.trainTextEncoder()) {
            attempt(
                    "--cache_text_embeddings" + value,
                    config.toBuilder().cacheTextEmbeddings(mode).build());
        }
    }

    private boolean keepsModel(CacheMode mode) {
        return TrainingMemory.encodes(mode, onGpu);
    }

    private void smallerBatch() {
        TrainingConfig smaller = config;
        while (smaller.trainBatchSize() > 1 && size.applyAsLong(smaller) > available) {
            int images = smaller.trainBatchSize() * smaller.gradientAccumulationSteps();
            int batch = smaller.trainBatchSize() / 2;
            smaller = smaller.toBuilder()
                    .trainBatchSize(batch)
                    .gradientAccumulationSteps((images + batch - 1) / batch)
                    .build();
        }
        attempt(
                "--train_batch_size " + smaller.trainBatchSize() + " --gradient_accumulation_steps "
                        + smaller.gradientAccumulationSteps(),
                smaller);
    }

    private void smallerImages() {
        TrainingConfig smaller = config;
        while (smaller.resolution() > SMALLEST_EDGE && size.applyAsLong(smaller) > available) {
            int edge = (smaller.resolution() - 1) / SMALLEST_EDGE * SMALLEST_EDGE;
            smaller = smaller.toBuilder().resolution(edge).build();
        }
        attempt("--resolution " + smaller.resolution(), smaller);
    }

    private void attempt(String option, TrainingConfig changed) {
        if (needed <= available) {
            return;
        }
        long then = size.applyAsLong(changed);
        if (then < needed) {
            advice.add(new MemoryAdvice(option, needed - then));
            config = changed;
            needed = then;
        }
    }
}
