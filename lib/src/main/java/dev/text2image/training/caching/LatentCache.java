package dev.text2image.training.caching;

import ai.djl.ndarray.NDArray;
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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the autoencoder gives for each image, plain and mirrored: mean and log variance, so that latents are still drawn anew in each
 * epoch. Kept by the content of the image files.
 */
public final class LatentCache implements AutoCloseable {
    private static final int IMAGES_PER_FILE = 64;

    private final CaptionedDataset dataset;
    private final ImageTransforms transforms;
    private final TensorCache cache;
    private final List<String> hashes = new ArrayList<>();

    /**
     * Reads all image files, to know them by their content.
     *
     * @param dataset the images
     * @param transforms what happens to them
     * @param cache where the outputs are kept; owned by this object
     * @throws InvalidInputException if an image that is not square would be cropped at random
     */
    LatentCache(CaptionedDataset dataset, ImageTransforms transforms, TensorCache cache) {
        this.dataset = dataset;
        this.transforms = transforms;
        this.cache = cache;
        try (Progress progress = Progress.start("read images", dataset.size())) {
            for (int row = 0; row < dataset.size(); row++) {
                CaptionedImage image = dataset.row(row);
                if (!transforms.centerCrop()) {
                    checkSquare(image);
                }
                hashes.add(ContentHash.of(image.file()));
                progress.step();
            }
        }
    }

    private static void checkSquare(CaptionedImage image) {
        ImageHeader header = image.header();
        if (header.width() != header.height()) {
            throw new InvalidInputException("cache_latents cannot be used with random crops: " + image.name() + " has "
                    + header.width() + " x " + header.height()
                    + " pixels. Add center_crop, or leave cache_latents out.");
        }
    }

    /**
     * Encodes the images that are missing.
     *
     * @param vae the autoencoder, asked for only if there are any
     * @param batchSize images that are encoded at once
     */
    void fill(Supplier<AutoencoderKL> vae, int batchSize) {
        Set<String> seen = new HashSet<>();
        int[] missing = IntStream.range(0, hashes.size())
                .filter(row -> !variants().allMatch(mirrored -> cache.contains(key(row, mirrored))))
                .filter(row -> seen.add(hashes.get(row)))
                .toArray();
        if (missing.length == 0) {
            return;
        }
        ImageTransforms plain = new ImageTransforms(
                transforms.resolution(), transforms.centerCrop(), false, transforms.interpolation());
        DataLoader loader = new DataLoader(
                dataset.select(missing),
                plain,
                DataLoader.Options.of(batchSize, 0),
                RowOrder.sequential(missing.length));
        AutoencoderKL model = vae.get();
        try (Progress progress = Progress.start("cache latents", missing.length);
                NDManager manager = Torch.newManager(model.device());
                Batches batches = loader.batches(manager, 0, 0)) {
            Map<String, float[]> done = new LinkedHashMap<>();
            while (batches.hasNext()) {
                try (Batch batch = batches.next()) {
                    encode(model, batch, missing, done);
                    batch.rows().forEach(row -> progress.step());
                }
                if (done.size() >= IMAGES_PER_FILE || !batches.hasNext()) {
                    cache.add(done);
                    done.clear();
                }
            }
        }
    }

    private Stream<Boolean> variants() {
        return transforms.randomFlip() ? Stream.of(false, true) : Stream.of(false);
    }

    private void encode(AutoencoderKL model, Batch batch, int[] rows, Map<String, float[]> done) {
        variants().forEach(mirrored -> {
            try (NDManager scratch = batch.pixelValues().getManager().newSubManager()) {
                NDArray pixels = mirrored
                        ? batch.pixelValues().flip(3)
                        : batch.pixelValues().duplicate();
                pixels.attach(scratch);
                DiagonalGaussianDistribution latents = model.encode(pixels);
                float[] all = latents.mean().concat(latents.logvar(), 1).toFloatArray();
                int size = all.length / batch.size();
                for (int i = 0; i < batch.size(); i++) {
                    int row = rows[batch.rows().get(i)];
                    done.put(key(row, mirrored), Arrays.copyOfRange(all, i * size, (i + 1) * size));
                }
            }
        });
    }

    private String key(int row, boolean mirrored) {
        return hashes.get(row) + (mirrored ? "-mirrored" : "");
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
                manager,
                draws.stream().map(draw -> key(draw.row(), draw.mirrored())).toList());
    }

    @Override
    public void close() {
        cache.close();
    }
}
