package dev.text2image.training;

import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.images.Transparency;
import dev.text2image.data.loading.Batch;
import dev.text2image.data.loading.Batches;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.training.config.TrainingConfig;
import org.jspecify.annotations.Nullable;

/** The batches of a loader by their places; read in order they are decoded ahead, and any other place starts anew there. */
final class BatchStream implements AutoCloseable {
    private final DataLoader loader;
    private @Nullable Batches batches;
    private long position = -1;

    BatchStream(DataLoader loader) {
        this.loader = loader;
    }

    /** What happens to the images of a run. */
    static ImageTransforms transforms(TrainingConfig config) {
        return new ImageTransforms(
                config.resolution(), config.centerCrop(), config.randomFlip(), config.imageInterpolationMode());
    }

    /** The batches of a run, in an order that depends on its seed. */
    static DataLoader loader(TrainingConfig config, CaptionedDataset images, RowOrder order) {
        int batchSize = Math.multiplyExact(config.processes(), config.imagesPerMicroBatch());
        DataLoader.Options options =
                new DataLoader.Options(batchSize, config.seed(), Transparency.DROP, config.dataWorkers());
        return new DataLoader(images, transforms(config), options, order);
    }

    /**
     * Returns a batch.
     *
     * @param scratch owner of its pixels; what is decoded ahead belongs to its parent
     * @param epoch the epoch
     * @param index its number within the epoch
     */
    Batch get(NDManager scratch, int epoch, int index) {
        long wanted = (long) epoch * loader.batchesPerEpoch() + index;
        Batches current = batches;
        if (current == null || wanted != position || index == 0) {
            close();
            current = loader.batches(scratch.getParentManager(), epoch, index);
            batches = current;
        }
        position = wanted + 1;
        Batch batch = current.next();
        batch.pixelValues().attach(scratch);
        return batch;
    }

    @Override
    public void close() {
        if (batches != null) {
            batches.close();
            batches = null;
        }
    }
}
