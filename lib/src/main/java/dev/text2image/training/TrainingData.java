package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.Batch;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.Draw;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.tokenizers.WeightedPrompt;
import dev.text2image.torch.RandomTensors;
import dev.text2image.training.caching.CachePart;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.caching.ImageVariant;
import dev.text2image.training.caching.LatentCache;
import dev.text2image.training.caching.MissingParts;
import dev.text2image.training.caching.TextCache;
import dev.text2image.training.caching.TokenIds;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.objectives.Noise;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.planning.RunImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The micro-batches of a run, in order, with their random numbers; entered anywhere, it goes on as if it had started there. */
final class TrainingData implements AutoCloseable {
    private final TrainingConfig config;
    /** The images to train on, and after them those of the prior. */
    private final CaptionedDataset dataset;

    private final int ownImages;
    private final int leftOut;
    private final @Nullable CaptionedDataset validation;
    private final ImageTransforms transforms;
    private final DataLoader loader;
    private final BatchStream stream;
    private final CLIPTokenizer tokenizer;
    private Caches caches = Caches.NONE;
    private MissingParts missing = new MissingParts(List.of());
    private boolean begun;

    private TrainingData(
            TrainingConfig config, RunImages images, @Nullable CaptionedDataset validation, CLIPTokenizer tokenizer) {
        this.config = config;
        this.ownImages = images.images().size();
        this.dataset = images.all();
        this.leftOut = images.broken().size();
        this.validation = validation;
        this.tokenizer = tokenizer;
        this.transforms = BatchStream.transforms(config);
        this.loader = BatchStream.loader(config, dataset, order());
        this.stream = new BatchStream(loader);
        if (config.weightedCaptions()) {
            checkBrackets(dataset);
        }
    }

    private static void checkBrackets(CaptionedDataset dataset) {
        for (int row = 0; row < dataset.size(); row++) {
            try {
                dataset.captions(row).forEach(WeightedPrompt::parse);
            } catch (InvalidInputException e) {
                throw new InvalidInputException(
                        "weighted_captions cannot read row " + (row + 1) + " of the data. " + e.getMessage(), e);
            }
        }
    }

    private RowOrder order() {
        int priorImages = dataset.size() - ownImages;
        return priorImages == 0
                ? RowOrder.shuffled(ownImages, config.seed())
                : RowOrder.inTurn(ownImages, priorImages, config.seed());
    }

    /**
     * Opens the data sets of a run; whatever is wrong with the lists of images and captions is found here.
     *
     * @param known what a check found in them before, or null to check them now
     */
    static TrainingData open(TrainingConfig config, CLIPTokenizer tokenizer, @Nullable DataCheck known) {
        RunImages used = RunImages.training(config, known);
        RunImages own;
        try {
            own = RunImages.validation(config, known);
        } catch (RuntimeException e) {
            used.close();
            throw e;
        }
        return own == null ? holdOut(config, used, tokenizer) : new TrainingData(config, used, own.images(), tokenizer);
    }

    private static TrainingData holdOut(TrainingConfig config, RunImages used, CLIPTokenizer tokenizer) {
        CaptionedDataset all = used.images();
        int count = config.validationSamples();
        if (count == 0) {
            return new TrainingData(config, used, null, tokenizer);
        }
        if (count >= all.size()) {
            throw new InvalidInputException("validation_samples is " + count + ", but there are " + all.size()
                    + " images; leave some to train on.");
        }
        CaptionedDataset shuffled = all.sample(all.size(), config.seed());
        int[] training = IntStream.range(count, all.size()).toArray();
        int[] validation = IntStream.range(0, count).toArray();
        RunImages rest = used.withImages(shuffled.select(training));
        return new TrainingData(config, rest, shuffled.select(validation), tokenizer);
    }

    /** The images to measure the validation loss on, or null. */
    @Nullable
    CaptionedDataset validationImages() {
        return validation;
    }

    /**
     * Opens the caches that the run is configured to have, and fills those on disk. Those in memory are filled as the first epochs go on
     * ({@link #encode}), so that the first step need not wait; but on a GPU at once, where it is done soon and the memory of the frozen
     * models is wanted for the training.
     */
    void openCaches(TrainedModels models, Precision precision, PipelineDirectory base) {
        caches = Caches.open(config, precision, base, dataset, transforms, () -> imageHashes(0, dataset.size()));
        boolean inMemory =
                List.of(config.cacheLatents(), config.cacheTextEmbeddings()).contains(CacheMode.MEMORY);
        boolean gradually = inMemory && !models.unet().device().isGpu();
        List<CachePart> parts = caches.missing(dataset, config.trainBatchSize(), gradually ? neededImages() : Set.of());
        missing = new MissingParts(parts);
        List<CachePart> first = parts.stream()
                .filter(part -> !gradually || !caches.isInMemory(part))
                .toList();
        fill(first, models, Progress.defaultListener());
    }

    /**
     * All images, as the run first needs them: those of the first epoch as it draws them, then the others as the second epoch reads their
     * rows. The two need not have all rows of the prior.
     */
    private Set<ImageVariant> neededImages() {
        Set<ImageVariant> order = new LinkedHashSet<>();
        loader.draws(0).stream().map(ImageVariant::of).forEach(order::add);
        IntStream.concat(Arrays.stream(loader.order(1)), IntStream.range(0, dataset.size()))
                .forEach(row -> order.addAll(variants(row)));
        return order;
    }

    private List<ImageVariant> variants(int row) {
        return ImageVariant.of(row, transforms.randomFlip());
    }

    private void fill(List<CachePart> parts, TrainedModels models, ProgressListener listener) {
        caches.fill(parts, models::vae, models::textEncoder, tokenizer, config.trainBatchSize(), listener);
        missing.filled(parts);
        freeUnused(models);
    }

    /**
     * Encodes what a micro-batch needs and the caches lack; to be called before the micro-batch is made. In the first epoch that is about
     * a batch of images as they are drawn, later what is left of its images; behind the second epoch all is there, but for images of a
     * prior that were not read yet. A run that goes on behind the first epoch has batches that are spread over several parts: its first
     * ones encode more.
     *
     * @param models what encodes; a frozen model is freed when nothing is left for it
     * @param place place of the micro-batch in the run, over all epochs
     */
    void encode(TrainedModels models, long place) {
        boolean goesOn = !begun && epochOf(place) > 0;
        begun = true;
        List<CachePart> parts = lacking(place);
        if (!parts.isEmpty()) {
            fill(parts, models, goesOn ? Progress.defaultListener() : ProgressListener.SILENT);
        }
    }

    /** Whether a micro-batch can be made without {@link #encode}. */
    boolean isEncoded(long place) {
        return lacking(place).isEmpty();
    }

    private List<CachePart> lacking(long place) {
        if (!missing.lacksImages() && !missing.lacksCaptions()) {
            return List.of();
        }
        List<Draw> draws = loader.draws(epochOf(place), indexOf(place));
        Stream<ImageVariant> images = epochOf(place) == 0
                ? draws.stream().map(ImageVariant::of)
                : draws.stream().flatMap(draw -> variants(draw.row()).stream());
        Stream<String> captions = draws.stream().flatMap(draw -> dataset.captions(draw.row()).stream());
        return missing.with(
                images.toList(), Stream.concat(Stream.of(""), captions).toList());
    }

    /** Frees the frozen models that no step needs any more. */
    void freeUnused(TrainedModels models) {
        if (caches.latents() != null && !missing.lacksImages()) {
            models.freeVae();
        }
        if (caches.text() != null && !missing.lacksCaptions()) {
            models.freeTextEncoder();
        }
    }

    /** What {@link #encode} has yet to encode. */
    MissingParts missing() {
        return missing;
    }

    private int epochOf(long place) {
        return Math.toIntExact(place / batchesPerEpoch());
    }

    private int indexOf(long place) {
        return Math.toIntExact(place % batchesPerEpoch());
    }

    Caches caches() {
        return caches;
    }

    /** The images to encode and their captions, with those of the prior. */
    CaptionedDataset dataset() {
        return dataset;
    }

    /** What happens to the images. */
    ImageTransforms transforms() {
        return transforms;
    }

    /** Reads images, to know them by their content. */
    List<String> imageHashes(int from, int to) {
        return Caches.hashes(dataset, transforms, from, to);
    }

    int batchesPerEpoch() {
        return loader.batchesPerEpoch();
    }

    /** The number of images to train on, without those of the prior. */
    int size() {
        return ownImages;
    }

    /** The number of broken images that are left out. */
    int leftOut() {
        return leftOut;
    }

    /**
     * Makes a micro-batch.
     *
     * @param manager owner of its arrays
     * @param place its place in the run, over all epochs
     * @param vae shape of the latents
     * @param timestepCount number of timesteps of the noise schedule
     */
    TextToImageBatch get(NDManager manager, long place, AutoencoderKLConfig vae, int timestepCount) {
        int epoch = epochOf(place);
        int index = indexOf(place);
        LatentCache cachedLatents = caches.latents();
        if (cachedLatents != null) {
            List<Draw> draws = loader.draws(epoch, index);
            Inputs inputs = new Inputs(
                    cachedLatents.moments(manager, draws),
                    draws.stream().map(Draw::caption).toList(),
                    draws.stream().map(Draw::row).toList());
            return withNoise(manager, inputs, place, vae, timestepCount);
        }
        Batch batch = stream.get(manager, epoch, index);
        Inputs inputs = new Inputs(batch.pixelValues(), batch.captions(), batch.rows());
        return withNoise(manager, inputs, place, vae, timestepCount);
    }

    /** What the data set gives for a micro-batch. */
    private record Inputs(NDArray images, List<String> captions, List<Integer> rows) {}

    /** Draws in the order of diffusers' script, posterior noise, noise, timesteps; and seeds of the dropout of adapters. */
    private TextToImageBatch withNoise(
            NDManager manager, Inputs inputs, long place, AutoencoderKLConfig vae, int timestepCount) {
        long seed = RunRandom.seed(config.seed(), place);
        int size = inputs.rows().size();
        int edge = config.resolution() / vae.downsamplingFactor();
        Shape shape = new Shape(size, vae.latentChannels(), edge, edge);
        List<Shape> shapes = new ArrayList<>(List.of(shape));
        shapes.addAll(config.noiseOptions().shapes(shape));
        RandomTensors.Series drawn = RandomTensors.series(manager, seed, shapes, size);
        Noise noise = config.noiseOptions().of(drawn.normals().subList(1, shapes.size()));
        SplittableRandom random = new SplittableRandom(seed);
        int[] timesteps = random.ints(size, 0, timestepCount).toArray();
        TokenIds text = text(manager, inputs.captions(), random);
        return new TextToImageBatch(
                inputs.images(),
                text.ids(),
                text.weights(),
                drawn.normals().get(0),
                noise,
                importance(inputs.rows()),
                drawn.seeds().stream().mapToLong(Long::longValue).toArray(),
                timesteps);
    }

    /**
     * With a prior the loss is the mean over the images plus {@code prior_loss_weight} times the mean over those of the prior, which
     * are as many (Ruiz et al., 2023, section 3.2; diffusers, train_dreambooth.py).
     */
    private float[] importance(List<Integer> rows) {
        float[] importance = new float[rows.size()];
        boolean alone = ownImages == dataset.size();
        for (int i = 0; i < importance.length; i++) {
            boolean isPrior = rows.get(i) >= ownImages;
            importance[i] = alone ? 1 : (float) (2 * (isPrior ? config.priorLossWeight() : 1));
        }
        return importance;
    }

    /** Token ids and weights of the captions, or their hidden states. */
    private TokenIds text(NDManager manager, List<String> captions, SplittableRandom random) {
        List<String> kept = captions.stream()
                .map(caption -> random.nextDouble() < config.proportionEmptyPrompts() ? "" : caption)
                .toList();
        TextCache cachedText = caches.text();
        return cachedText == null
                ? TokenIds.of(manager, tokenizer, kept, config.weightedCaptions())
                : new TokenIds(cachedText.hiddenStates(manager, kept), null);
    }

    @Override
    public void close() {
        stream.close();
        caches.close();
        dataset.close();
        if (validation != null) {
            validation.close();
        }
    }
}
