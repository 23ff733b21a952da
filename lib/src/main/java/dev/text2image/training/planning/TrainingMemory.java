package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;
import dev.text2image.lora.LoraComponent;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.Activations;
import dev.text2image.nn.graph.Adapters;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The memory of a run by what it is for, in bytes. What the driver, the libraries and the Java heap take is not counted.
 *
 * @param trainedWeights float32 weights of what is trained
 * @param frozenWeights weights of what is not, half as large under mixed precision; a model whose outputs are all cached before the
 *     first step counts only if validation images need it; those that stay in their files are counted too,
 *     for the system's cache that they are read from
 * @param gradients gradients of what is trained; in half precision together with the copies of the weights that they are of
 * @param optimizer the optimizer's memory
 * @param movingAverage averages of the weights that are kept on the device
 * @param activations largest size of all that a micro-batch makes on its way: the encoding of the images, or the passes forward and
 *     back through what is trained
 * @param offloadedAverage averages of the weights that are kept in main memory while the device is another
 * @param latentCache mean and log variance of the latents in main memory
 * @param textCache text embeddings in main memory
 */
public record TrainingMemory(
        long trainedWeights,
        long frozenWeights,
        long gradients,
        long optimizer,
        long movingAverage,
        long activations,
        long offloadedAverage,
        long latentCache,
        long textCache) {
    private static final int FLOAT = 4;

    /** Blocks and smallest tensor of 8-bit moments in bitsandbytes' AdamW8bit. */
    private static final int BLOCK = 256;

    private static final int MIN_8BIT_SIZE = 4096;

    /** Computes the memory of a run from shapes; the precision is the one that the run's setting stands for. */
    static TrainingMemory of(
            TrainingConfig config, Precision precision, ModelOutlines models, DataSummary data, boolean onGpu) {
        List<Long> sizes = models.trainedSizes(config);
        long trained = FLOAT * sizes.stream().mapToLong(Long::longValue).sum();
        boolean offloads = config.offloadEma() && onGpu;
        return new TrainingMemory(
                trained,
                frozenWeights(config, precision, models, onGpu),
                trained,
                optimizer(config, sizes),
                config.useEma() && !offloads ? trained : 0,
                activations(config, precision, models, onGpu),
                config.useEma() && offloads ? trained : 0,
                config.cacheLatents() == CacheMode.MEMORY ? latents(config, models, data) : 0,
                config.cacheTextEmbeddings() == CacheMode.MEMORY ? texts(config, models, data) : 0);
    }

    private static long frozenWeights(TrainingConfig config, Precision precision, ModelOutlines models, boolean onGpu) {
        boolean samples = !config.validationPrompts().isEmpty();
        long frozen = config.lora() == null ? 0 : models.unet().parameterCount();
        if (encodes(config.cacheLatents(), onGpu) || samples) {
            frozen += models.vae().parameterCount();
        }
        boolean needsText = config.trainTextEncoder() || encodes(config.cacheTextEmbeddings(), onGpu) || samples;
        boolean textIsFrozen = config.lora() != null || !config.trainTextEncoder();
        if (textIsFrozen && needsText) {
            frozen += models.textEncoder().parameterCount();
        }
        return frozen * (precision == Precision.FP32 ? FLOAT : FLOAT / 2);
    }

    /** Whether a frozen model is needed beside the training; one whose outputs are kept in memory is, in the first epochs on a CPU. */
    static boolean encodes(CacheMode mode, boolean onGpu) {
        return mode == CacheMode.NONE || (mode == CacheMode.MEMORY && !onGpu);
    }

    /** The two moments of each number, and the count of steps. */
    private static long optimizer(TrainingConfig config, List<Long> sizes) {
        return FLOAT
                + 2
                        * sizes.stream()
                                .mapToLong(size -> config.use8bitAdam() ? moment8bit(size) : FLOAT * size)
                                .sum();
    }

    private static long moment8bit(long size) {
        return size < MIN_8BIT_SIZE ? FLOAT * size : size + FLOAT * ((size + BLOCK - 1) / BLOCK);
    }

    private static long activations(TrainingConfig config, Precision precision, ModelOutlines models, boolean onGpu) {
        AutoencoderKLConfig vae = models.vae().config();
        long batch = config.imagesPerMicroBatch();
        long edge = config.resolution() / vae.downsamplingFactor();
        long tokens = models.textEncoder().config().maxPositionEmbeddings();
        Map<LoraComponent, Adapters> adapters = models.adapters(config);
        Activations unet = models.unet()
                .activations(
                        passFormats(config, precision),
                        adapters.get(LoraComponent.UNET),
                        new long[] {batch, vae.latentChannels(), edge, edge},
                        new long[] {batch},
                        new long[] {batch, tokens, models.textEncoder().config().hiddenSize()});
        long denoising = unet.training(config.gradientCheckpointing());
        if (config.trainTextEncoder() || encodes(config.cacheTextEmbeddings(), onGpu)) {
            NumberFormats formats =
                    config.trainTextEncoder() ? passFormats(config, precision) : NumberFormats.allIn(precision);
            Activations text = models.textEncoder()
                    .activations(formats, adapters.get(LoraComponent.TEXT_ENCODER), new long[] {batch, tokens});
            denoising = config.trainTextEncoder() ? denoising + text.training() : Math.max(denoising, text.inference());
        }
        return encodes(config.cacheLatents(), onGpu)
                ? Math.max(denoising, encoding(models, precision, batch, config.resolution()))
                : denoising;
    }

    /** Of a pass that gradients are computed by: with copies of weights in half precision it does not cast them. */
    private static NumberFormats passFormats(TrainingConfig config, Precision precision) {
        NumberFormats formats = config.trainedFormats(precision);
        Precision gradients = config.gradientFormat(precision);
        return gradients == Precision.FP32 ? formats : formats.withWeights(gradients);
    }

    private static long encoding(ModelOutlines models, Precision precision, long batch, long edge) {
        long channels = models.vae().config().inChannels();
        return models.vae()
                .activations(NumberFormats.allIn(precision), new long[] {batch, channels, edge, edge})
                .inference();
    }

    /** Size of all cached latents: mean and log variance of each image, and of its mirror image if images are mirrored. */
    static long latents(TrainingConfig config, ModelOutlines models, DataSummary data) {
        AutoencoderKLConfig vae = models.vae().config();
        long edge = config.resolution() / vae.downsamplingFactor();
        long views = (config.randomFlip() ? 2L : 1L) * ((long) data.images() + data.priorImages());
        return views * 2 * vae.latentChannels() * edge * edge * FLOAT;
    }

    /** Size of all cached text embeddings: of each different caption, and of the empty one if captions are left out. */
    static long texts(TrainingConfig config, ModelOutlines models, DataSummary data) {
        long texts = data.captions() + (config.proportionEmptyPrompts() > 0 ? 1L : 0L);
        return texts
                * models.textEncoder().config().maxPositionEmbeddings()
                * models.textEncoder().config().hiddenSize()
                * FLOAT;
    }

    /**
     * Sums up what is on the device.
     *
     * @return size in bytes
     */
    public long onDevice() {
        return trainedWeights + frozenWeights + gradients + optimizer + movingAverage + activations;
    }

    /**
     * Sums up what a further device needs, which has neither optimizer nor averages.
     *
     * @return size in bytes
     */
    public long onFurtherDevice() {
        return trainedWeights + frozenWeights + gradients + activations;
    }

    /**
     * Sums up what a device needs that several replicas share.
     *
     * @param isFirst whether the optimizer's replica is among them
     * @param replicas how many there are
     */
    long onDevice(boolean isFirst, int replicas) {
        return isFirst ? onDevice() + (replicas - 1) * onFurtherDevice() : replicas * onFurtherDevice();
    }

    /**
     * Sums up what is in main memory while the device is another.
     *
     * @return size in bytes
     */
    public long inMainMemory() {
        return offloadedAverage + latentCache + textCache;
    }

    /** The parts that are not empty, by their names. */
    Map<String, Long> parts() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("weights, trained", trainedWeights);
        parts.put("weights, frozen", frozenWeights);
        parts.put("gradients", gradients);
        parts.put("optimizer", optimizer);
        parts.put("moving average", movingAverage);
        parts.put("activations", activations);
        parts.put("moving average, offloaded", offloadedAverage);
        parts.put("latents, cached", latentCache);
        parts.put("text embeddings, cached", textCache);
        parts.values().removeIf(bytes -> bytes == 0);
        return parts;
    }

    @Override
    public String toString() {
        String main = inMainMemory() == 0 ? "" : " and " + ByteSize.text(inMainMemory()) + " for caches and the like";
        return ByteSize.text(onDevice()) + main;
    }
}
