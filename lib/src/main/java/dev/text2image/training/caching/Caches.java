package dev.text2image.training.caching;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.io.ContentHash;
import dev.text2image.io.TensorCache;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
     * @param hashes gives the names of all images by their content, see {@link #hashes}; asked for only if latents are kept on disk
     * @return the caches, to be closed by the caller
     */
    public static Caches open(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            CaptionedDataset dataset,
            ImageTransforms transforms,
            Supplier<List<String>> hashes) {
        return open(config, precision, base, dataset, transforms, hashes, TensorCache::inDirectory);
    }

    /**
     * Opens what the configuration asks for, to add parts that another process has found missing.
     *
     * @param config the run, with caches on disk
     * @param precision the number format that it computes in
     * @param base the base model, whose frozen parts make what is kept
     * @param dataset the images and captions
     * @param transforms what happens to the images
     * @return caches that can only be filled, to be closed by the caller
     */
    public static Caches forParts(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            CaptionedDataset dataset,
            ImageTransforms transforms) {
        return open(config, precision, base, dataset, transforms, List::of, TensorCache::toDirectory);
    }

    private static Caches open(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            CaptionedDataset dataset,
            ImageTransforms transforms,
            Supplier<List<String>> hashes,
            BiFunction<Path, long[], TensorCache> store) {
        LatentCache latents = switch (config.cacheLatents()) {
            case NONE -> null;
            case MEMORY ->
                new LatentCache(
                        dataset,
                        transforms,
                        latentStore(config, precision, base, store),
                        LatentCache.rowNames(dataset, transforms));
            case DISK ->
                new LatentCache(dataset, transforms, latentStore(config, precision, base, store), hashes.get());
        };
        TextCache text = config.cacheTextEmbeddings() == CacheMode.NONE
                ? null
                : new TextCache(textStore(config, precision, base, store), config.weightedCaptions());
        return new Caches(latents, text);
    }

    private static TensorCache latentStore(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            BiFunction<Path, long[], TensorCache> store) {
        AutoencoderKLConfig vae = base.vaeConfig();
        int edge = config.resolution() / vae.downsamplingFactor();
        long[] shape = {2L * vae.latentChannels(), edge, edge};
        if (config.cacheLatents() == CacheMode.MEMORY) {
            return TensorCache.inMemory(shape);
        }
        ContentHash hash = new ContentHash().addFilesIn(base.vae());
        hash.add(config.imageInterpolationMode() + " " + config.resolution() + " "
                + NumberFormats.allIn(precision).name());
        return store.apply(directory(config).resolve("latents-" + hash.hex()), shape);
    }

    private static TensorCache textStore(
            TrainingConfig config,
            Precision precision,
            PipelineDirectory base,
            BiFunction<Path, long[], TensorCache> store) {
        CLIPTextConfig text = base.textEncoderConfig();
        long[] shape = {text.maxPositionEmbeddings(), text.hiddenSize()};
        if (config.cacheTextEmbeddings() == CacheMode.MEMORY) {
            return TensorCache.inMemory(shape);
        }
        ContentHash hash = new ContentHash().addFilesIn(base.textEncoder()).addFilesIn(base.tokenizer());
        hash.add(NumberFormats.allIn(precision).name() + (config.weightedCaptions() ? " weighted" : ""));
        return store.apply(directory(config).resolve("text-" + hash.hex()), shape);
    }

    private static Path directory(TrainingConfig config) {
        String chosen = config.cacheDir();
        return chosen == null ? Path.of(config.outputDir(), "cache") : Path.of(chosen);
    }

    /**
     * Reads image files, to know them by their content.
     *
     * @param dataset the images
     * @param transforms what happens to them
     * @param from the first row
     * @param to the row behind the last one
     * @return a name for each row
     * @throws dev.text2image.io.InvalidInputException if an image that is not square would be cropped at random
     */
    public static List<String> hashes(CaptionedDataset dataset, ImageTransforms transforms, int from, int to) {
        return LatentCache.hashes(dataset, transforms, from, to);
    }

    /**
     * Divides what is missing into parts.
     *
     * @param dataset the captions
     * @param batchSize images or captions that are encoded at once
     * @param order all images, as the run first needs them: what is kept in memory is divided in this order, into single batches, so
     *     that the first steps need few of them; empty if everything is encoded at once
     * @return the parts, those of images first
     */
    public List<CachePart> missing(CaptionedDataset dataset, int batchSize, Collection<ImageVariant> order) {
        List<CachePart> parts = new ArrayList<>();
        if (latents != null) {
            parts.addAll(latents.missing(batchSize, order));
        }
        if (text != null) {
            parts.addAll(text.missing(dataset, batchSize, order));
        }
        return parts;
    }

    /**
     * Says where a part is kept.
     *
     * @param part a part that was missing in these caches
     * @return true if the next run has to encode it again
     */
    public boolean isInMemory(CachePart part) {
        return part instanceof CachePart.OfImages
                ? latents != null && latents.isInMemory()
                : text != null && text.isInMemory();
    }

    /**
     * Cuts what is missing into whole batches for each file.
     *
     * @param all what is missing, in order
     * @param batchSize how many are encoded at once
     * @param perFile how many there are after which a file ends with the batch
     */
    static <T> Stream<List<T>> cut(List<T> all, int batchSize, int perFile) {
        int size = (perFile + batchSize - 1) / batchSize * batchSize;
        return IntStream.iterate(0, from -> from < all.size(), from -> from + size)
                .mapToObj(from -> new ArrayList<>(all.subList(from, Math.min(from + size, all.size()))));
    }

    /**
     * Encodes parts of what is missing. A model is asked for only if there is something for it.
     *
     * @param parts the parts, of these caches or of those that another process has opened for the same run
     * @param vae the autoencoder
     * @param textEncoder the text encoder
     * @param tokenizer the tokenizer
     * @param batchSize images or captions that are encoded at once
     * @param listener who sees the progress
     */
    public void fill(
            List<CachePart> parts,
            Supplier<AutoencoderKL> vae,
            Supplier<CLIPTextModel> textEncoder,
            CLIPTokenizer tokenizer,
            int batchSize,
            ProgressListener listener) {
        List<CachePart.OfImages> images = only(CachePart.OfImages.class, parts);
        if (latents != null && !images.isEmpty()) {
            AutoencoderKL model = vae.get();
            try (Progress progress = Progress.start("cache latents", total(images), listener)) {
                images.forEach(part -> latents.fill(part, model, batchSize, progress));
            }
        }
        List<CachePart.OfCaptions> captions = only(CachePart.OfCaptions.class, parts);
        if (text != null && !captions.isEmpty()) {
            CLIPTextModel model = textEncoder.get();
            try (Progress progress = Progress.start("cache text embeddings", total(captions), listener)) {
                captions.forEach(part -> text.fill(part, tokenizer, model, batchSize, progress));
            }
        }
    }

    private static <T extends CachePart> List<T> only(Class<T> kind, List<CachePart> parts) {
        return parts.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static int total(List<? extends CachePart> parts) {
        return parts.stream().mapToInt(CachePart::size).sum();
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
