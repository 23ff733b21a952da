package dev.text2image.training.caching;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.formats.ImageHeader;
import dev.text2image.data.loading.Batch;
import dev.text2image.data.loading.Batches;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.Draw;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.io.ContentHash;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.TensorCache;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.DiagonalGaussianDistribution;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the autoencoder gives for each image, plain and mirrored: mean and log variance, so that latents are still drawn anew in each
 * epoch. Kept on disk by the content of the image files, in memory by their rows.
 */
public final class LatentCache implements AutoCloseable {
    private static final int TENSORS_PER_FILE = 64;

    private final CaptionedDataset dataset;
    private final ImageTransforms transforms;
    private final TensorCache cache;
    private final List<String> names;

    /**
     * Makes a cache.
     *
     * @param dataset the images
     * @param transforms what happens to them
     * @param cache where the outputs are kept; owned by this object
     * @param names the names of all images, {@link #hashes} or {@link #rowNames}; empty if only parts are to be filled
     */
    LatentCache(CaptionedDataset dataset, ImageTransforms transforms, TensorCache cache, List<String> names) {
        this.dataset = dataset;
        this.transforms = transforms;
        this.cache = cache;
        this.names = names;
    }

    /**
     * Reads image files, to know them by their content.
     *
     * @param dataset the images
     * @param transforms what happens to them
     * @param from the first row
     * @param to the row behind the last one
     * @return a name for each row
     * @throws InvalidInputException if an image that is not square would be cropped at random
     */
    static List<String> hashes(CaptionedDataset dataset, ImageTransforms transforms, int from, int to) {
        List<String> hashes = new ArrayList<>();
        try (Progress progress = Progress.start("read images", to - from)) {
            for (int row = from; row < to; row++) {
                CaptionedImage image = dataset.row(row);
                checkCrop(transforms, image);
                hashes.add(ContentHash.of(image.file()));
                progress.step();
            }
        }
        return hashes;
    }

    /**
     * Names images for one run, without reading them.
     *
     * @param dataset the images
     * @param transforms what happens to them
     * @return a name for each row
     * @throws InvalidInputException if an image that is not square would be cropped at random
     */
    static List<String> rowNames(CaptionedDataset dataset, ImageTransforms transforms) {
        List<String> names = new ArrayList<>();
        for (int row = 0; row < dataset.size(); row++) {
            checkCrop(transforms, dataset.row(row));
            names.add("row " + row);
        }
        return names;
    }

    private static void checkCrop(ImageTransforms transforms, CaptionedImage image) {
        if (transforms.centerCrop()) {
            return;
        }
        ImageHeader header = image.header();
        if (header.width() != header.height()) {
            throw new InvalidInputException("cache_latents cannot be used with random crops: " + image.name() + " has "
                    + header.width() + " x " + header.height()
                    + " pixels. Add center_crop, or leave cache_latents out.");
        }
    }

    /**
     * Divides the images that are missing into parts, each of which becomes a file or, in memory, is one batch.
     *
     * @param batchSize images that are encoded at once
     * @param order all images, as {@link Caches#missing} says
     * @return the parts; whoever fills them in whatever order writes the same files
     */
    List<CachePart> missing(int batchSize, Collection<ImageVariant> order) {
        Set<String> seen = new HashSet<>();
        boolean ordered = isInMemory() && !order.isEmpty();
        Stream<ImageVariant> all = ordered
                ? order.stream()
                : IntStream.range(0, names.size())
                        .boxed()
                        .flatMap(row -> ImageVariant.of(row, transforms.randomFlip()).stream());
        List<ImageVariant> images = all.filter(image -> !cache.contains(key(image)))
                .filter(image -> seen.add(key(image)))
                .toList();
        return Caches.cut(images, batchSize, ordered ? 1 : TENSORS_PER_FILE)
                .<CachePart>map(part -> new CachePart.OfImages(
                        part, part.stream().map(this::key).toList()))
                .toList();
    }

    boolean isInMemory() {
        return cache.isInMemory();
    }

    /**
     * Encodes the images of a part.
     *
     * @param part the images
     * @param model the autoencoder
     * @param batchSize images that are encoded at once
     * @param progress gets a step for each image
     */
    void fill(CachePart.OfImages part, AutoencoderKL model, int batchSize, Progress progress) {
        Map<Integer, List<Integer>> places = IntStream.range(0, part.images().size())
                .boxed()
                .collect(groupingBy(place -> part.images().get(place).row(), LinkedHashMap::new, toList()));
        int[] rows = places.keySet().stream().mapToInt(Integer::intValue).toArray();
        Map<String, float[]> done = new LinkedHashMap<>();
        try (NDManager manager = Torch.newManager(model.device());
                Batches batches = plainImages(rows, batchSize).batches(manager, 0, 0)) {
            while (batches.hasNext()) {
                try (Batch batch = batches.next();
                        NDManager scratch = manager.newSubManager()) {
                    Map<String, NDArray> images =
                            variants(scratch, part, batch, row -> requireNonNull(places.get(rows[row])));
                    List<String> keys = List.copyOf(images.keySet());
                    for (int from = 0; from < keys.size(); from += batchSize) {
                        List<String> some = keys.subList(from, Math.min(from + batchSize, keys.size()));
                        encode(model, scratch, images, some, done);
                    }
                    progress.steps(batch.size(), "");
                }
            }
        }
        cache.add(done);
    }

    private DataLoader plainImages(int[] rows, int batchSize) {
        ImageTransforms plain = new ImageTransforms(
                transforms.resolution(), transforms.centerCrop(), false, transforms.interpolation());
        return new DataLoader(
                dataset.select(rows), plain, DataLoader.Options.of(batchSize, 0), RowOrder.sequential(rows.length));
    }

    /** What a part wants of the images in a batch: variants (c, h, w) by their keys. */
    private static Map<String, NDArray> variants(
            NDManager scratch, CachePart.OfImages part, Batch batch, IntFunction<List<Integer>> placesOf) {
        Map<String, NDArray> images = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            NDArray plain = batch.pixelValues().get(i);
            plain.attach(scratch);
            for (int place : placesOf.apply(batch.rows().get(i))) {
                boolean mirrored = part.images().get(place).mirrored();
                images.put(part.keys().get(place), mirrored ? plain.flip(2) : plain);
            }
        }
        return images;
    }

    private static void encode(
            AutoencoderKL model,
            NDManager parent,
            Map<String, NDArray> images,
            List<String> keys,
            Map<String, float[]> done) {
        try (NDManager scratch = parent.newSubManager()) {
            NDArray pixels =
                    NDArrays.stack(new NDList(keys.stream().map(images::get).toList())); // (b, c, h, w)
            pixels.attach(scratch);
            DiagonalGaussianDistribution latents = model.encode(pixels);
            float[] all = latents.mean().concat(latents.logvar(), 1).toFloatArray();
            int size = all.length / keys.size();
            for (int i = 0; i < keys.size(); i++) {
                done.put(keys.get(i), Arrays.copyOfRange(all, i * size, (i + 1) * size));
            }
        }
    }

    private String key(ImageVariant image) {
        return names.get(image.row()) + (image.mirrored() ? "-mirrored" : "");
    }

    /**
     * Returns what the autoencoder gave for the images of a batch.
     *
     * @param manager owner of the result
     * @param draws rows of the data set, mirrored or not
     * @return mean and log variance joined (b, 2·c, h, w)
     */
    public NDArray moments(NDManager manager, List<Draw> draws) {
        return cache.stack(
                manager, draws.stream().map(ImageVariant::of).map(this::key).toList());
    }

    @Override
    public void close() {
        cache.close();
    }
}
