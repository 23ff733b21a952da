package dev.text2image.training.caching;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.io.ContentHash;
import dev.text2image.io.TensorCache;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a run keeps of its frozen models' outputs. On disk each combination of model, settings and precision has a directory of its
 * own, named by their content.
 *
 * @param latents of the images, or null if they are encoded in each step
 * @param text of the captions, or null if they are encoded in each step
 */
public record Caches(
        @Nullable LatentCache latents, @Nullable TextCache text) implements AutoCloseable {
    /** Nothing is kept. */
    public static final Caches NONE = new Caches(null, null);

    /**
     * Opens what the configuration asks for.
     *
     * @param config the run
     * @param precision the number format that it computes in
     * @param base the base model, whose frozen parts make what is kept
     * @param dataset the images and captions
     * @param transforms what happens to the images
     * @return the caches, to be closed by the caller
     */
    public static Caches open(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            CaptionedDataset dataset,
            ImageTransforms transforms) {
        LatentCache latents = config.cacheLatents() == CacheMode.NONE
                ? null
                : new LatentCache(dataset, transforms, latentStore(config, precision, base));
        TextCache text = config.cacheTextEmbeddings() == CacheMode.NONE
                ? null
                : new TextCache(textStore(config, precision, base), config.weightedCaptions());
        return new Caches(latents, text);
    }

    private static TensorCache latentStore(TrainingConfig config, Precision precision, PipelineDirectory base) {
        AutoencoderKLConfig vae = base.vaeConfig();
        int edge = config.resolution() / vae.downsamplingFactor();
        long[] shape = {2L * vae.latentChannels(), edge, edge};
        if (config.cacheLatents() == CacheMode.MEMORY) {
            return TensorCache.inMemory(shape);
        }
        ContentHash hash = new ContentHash().addFilesIn(base.vae());
        hash.add(config.imageInterpolationMode() + " " + config.resolution() + " " + precision);
        return TensorCache.inDirectory(directory(config).resolve("latents-" + hash.hex()), shape);
    }

    private static TensorCache textStore(TrainingConfig config, Precision precision, PipelineDirectory base) {
        CLIPTextConfig text = base.textEncoderConfig();
        long[] shape = {text.maxPositionEmbeddings(), text.hiddenSize()};
        if (config.cacheTextEmbeddings() == CacheMode.MEMORY) {
            return TensorCache.inMemory(shape);
        }
        ContentHash hash = new ContentHash().addFilesIn(base.textEncoder()).addFilesIn(base.tokenizer());
        hash.add(precision + (config.weightedCaptions() ? " weighted" : ""));
        return TensorCache.inDirectory(directory(config).resolve("text-" + hash.hex()), shape);
    }

    private static Path directory(TrainingConfig config) {
        String chosen = config.cacheDir();
        return chosen == null ? Path.of(config.outputDir(), "cache") : Path.of(chosen);
    }

    /**
     * Encodes what is missing. The models are asked for only if there is something.
     *
     * @param vae the autoencoder
     * @param textEncoder the text encoder
     * @param dataset the captions
     * @param tokenizer the tokenizer
     * @param batchSize images or captions that are encoded at once
     */
    public void fill(
            Supplier<AutoencoderKL> vae,
            Supplier<CLIPTextModel> textEncoder,
            CaptionedDataset dataset,
            CLIPTokenizer tokenizer,
            int batchSize) {
        if (latents != null) {
            latents.fill(vae, batchSize);
        }
        if (text != null) {
            text.fill(dataset, tokenizer, textEncoder, batchSize);
        }
    }

    @Override
    public void close() {
        if (latents != null) {
            latents.close();
        }
        if (text != null) {
            text.close();
        }
    }
}
