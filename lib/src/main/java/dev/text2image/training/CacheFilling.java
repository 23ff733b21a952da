package dev.text2image.training;

import ai.djl.Device;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.progress.Progress;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.training.caching.CachePart;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.BaseModel;
import dev.text2image.training.planning.DataCheck;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The caches of a run, filled by several processes without training it. They write the files that the run itself would write, and it
 * then finds them.
 *
 * <pre>{@code
 * List<String> hashes = filling.imageHashes(0, filling.images()); // any process for any rows
 * List<CachePart> parts = filling.missing(hashes);                // one process
 * parts.forEach(filling::fill);                                   // any process for any part
 * }</pre>
 */
public final class CacheFilling implements AutoCloseable {
    private final Resources resources = new Resources();
    private final TrainingConfig config;
    private final Precision precision;
    private final PipelineDirectory base;
    private final CLIPTokenizer tokenizer;
    private final TrainingData data;
    private final Caches parts;
    private final ModelOptions options;
    private @Nullable AutoencoderKL vae;
    private @Nullable CLIPTextModel textEncoder;

    /**
     * Opens data and base model; their weights are loaded for the first part.
     *
     * @param config the hyper-parameters of the run, with {@code cache_latents}, {@code cache_text_embeddings} or both on disk
     * @param known what a check found in the data before, or null to check them now
     * @throws InvalidInputException if nothing is cached on disk, the precision is left to each machine, or model or data cannot be used
     */
    public CacheFilling(TrainingConfig config, @Nullable DataCheck known) {
        checkDisk(config);
        this.config = config;
        this.precision = config.mixedPrecision().or(() -> {
            throw new InvalidInputException(
                    "mixed_precision is auto, but machines could choose differently; name no, bf16 or fp16.");
        });
        this.base = BaseModel.open(config);
        base.vaeConfig().checkResolution(config.resolution());
        Device device = config.devices().get(0);
        this.options = ModelOptions.defaults()
                .withDevice(device)
                .withAllIn(precision)
                .withVariant(config.variant())
                .withWeightsInFiles();
        try {
            this.tokenizer = CLIPTokenizer.load(base.tokenizer());
            this.data = resources.add(TrainingData.open(config, tokenizer, known));
            this.parts = resources.add(Caches.forParts(config, precision, base, data.dataset(), data.transforms()));
        } catch (RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    private static void checkDisk(TrainingConfig config) {
        List<CacheMode> modes = List.of(config.cacheLatents(), config.cacheTextEmbeddings());
        if (!modes.contains(CacheMode.DISK) || modes.contains(CacheMode.MEMORY)) {
            throw new InvalidInputException("cache_latents is "
                    + modes.get(0).name().toLowerCase(Locale.ROOT)
                    + " and cache_text_embeddings " + modes.get(1).name().toLowerCase(Locale.ROOT)
                    + "; give --cache_latents disk, --cache_text_embeddings disk, or both, to have something to fill.");
        }
    }

    /**
     * Returns the number of images, with those of the prior.
     *
     * @return at least 1
     */
    public int images() {
        return data.dataset().size();
    }

    /**
     * Reads image files, to know them by their content.
     *
     * @param from the first row
     * @param to the row behind the last one
     * @return a name for each row; none if latents are not cached
     * @throws InvalidInputException if an image that is not square would be cropped at random
     */
    public List<String> imageHashes(int from, int to) {
        return config.cacheLatents() == CacheMode.NONE ? List.of() : data.imageHashes(from, to);
    }

    /**
     * Divides what is missing into parts.
     *
     * @param imageHashes names of all images, in order
     * @return the parts
     */
    public List<CachePart> missing(List<String> imageHashes) {
        try (Caches caches =
                Caches.open(config, precision, base, data.dataset(), data.transforms(), () -> imageHashes)) {
            return caches.missing(data.dataset(), config.trainBatchSize(), List.of()); // the order of what is in memory
        }
    }

    /**
     * Encodes a part and writes its file.
     *
     * @param part the part, which may have been found by another process
     */
    public void fill(CachePart part) {
        parts.fill(
                List.of(part),
                this::vae,
                this::textEncoder,
                tokenizer,
                config.trainBatchSize(),
                Progress.defaultListener());
    }

    private AutoencoderKL vae() {
        if (vae == null) {
            vae = resources.add(AutoencoderKL.fromPretrained(base.vae(), options));
        }
        return vae;
    }

    private CLIPTextModel textEncoder() {
        if (textEncoder == null) {
            textEncoder = resources.add(CLIPTextModel.fromPretrained(base.textEncoder(), options));
        }
        return textEncoder;
    }

    @Override
    public void close() {
        resources.close();
    }
}
