package dev.text2image.data.loading;

import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.RowRandom;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Makes batches of a data set. Each epoch has its own order, and crop, mirroring and caption of a row are drawn anew in each, from
 * the seed, the epoch and the row: neither the number of workers nor where an epoch is entered changes anything.
 *
 * <p>A loader has no state; {@link #batches} starts a new pass each time.
 */
public final class DataLoader {
    private final CaptionedDataset dataset;
    private final ImageTransforms transforms;
    private final Options options;
    private final RowOrder order;

    /**
     * How batches are made.
     *
     * @param batchSize the number of rows in a batch, at least 1
     * @param seed what the order and all other chances depend on
     * @param transparency what becomes of transparent pixels
     * @param workers the number of threads that decode images ahead of time; 0 to decode when a batch is asked for
     */
    public record Options(int batchSize, long seed, Transparency transparency, int workers) {
        /** Checks the values. */
        public Options {
            if (batchSize < 1) {
                throw new InvalidInputException("The batch size is " + batchSize + "; it must be at least 1.");
            }
            if (workers < 0) {
                throw new InvalidInputException("The number of workers is " + workers + "; it must be at least 0.");
            }
        }

        /**
         * Returns the usual options: transparency dropped, no workers.
         *
         * @param batchSize the number of rows in a batch
         * @param seed what the order and all other chances depend on
         * @return the options
         */
        public static Options of(int batchSize, long seed) {
            return new Options(batchSize, seed, Transparency.DROP, 0);
        }

        /**
         * Returns the same options with another number of workers.
         *
         * @param workers the number of threads that decode images ahead of time
         * @return the options
         */
        public Options withWorkers(int workers) {
            return new Options(batchSize, seed, transparency, workers);
        }
    }

    /**
     * Creates a loader that reads each row once in an epoch, in another order each time.
     *
     * @param dataset the data set, which stays open as long as batches are made
     * @param transforms what happens to each image
     * @param options how batches are made
     */
    public DataLoader(CaptionedDataset dataset, ImageTransforms transforms, Options options) {
        this(dataset, transforms, options, RowOrder.shuffled(dataset.size(), options.seed()));
    }

    /**
     * Creates a loader with an order of its own.
     *
     * @param dataset the data set, which stays open as long as batches are made
     * @param transforms what happens to each image
     * @param options how batches are made
     * @param order the rows of each epoch
     */
    public DataLoader(CaptionedDataset dataset, ImageTransforms transforms, Options options, RowOrder order) {
        this.dataset = dataset;
        this.transforms = transforms;
        this.options = options;
        this.order = order;
    }

    /**
     * Returns the number of batches in an epoch.
     *
     * @return at least 1; the last batch may be smaller
     */
    public int batchesPerEpoch() {
        return (order.length() + options.batchSize() - 1) / options.batchSize();
    }

    /**
     * Returns the order of the rows in an epoch.
     *
     * @param epoch the epoch, from 0
     * @return the numbers of the rows
     */
    public int[] order(int epoch) {
        return order.in(epoch);
    }

    /**
     * Starts a pass through an epoch, or through the rest of one.
     *
     * @param manager the manager that the batches attach to
     * @param epoch the epoch, from 0
     * @param firstBatch the number of the first batch, from 0; that of the batches already seen, to resume
     * @return the batches, to be closed in the end
     */
    public Batches batches(NDManager manager, int epoch, int firstBatch) {
        int[] rows = order(epoch);
        int first = (int) Math.min((long) firstBatch * options.batchSize(), rows.length);
        int[] rest = Arrays.copyOfRange(rows, first, rows.length);
        return new Batches(manager, rest, options, transforms.resolution(), row -> sample(epoch, row));
    }

    /**
     * Makes one batch, to look at.
     *
     * @param manager the manager that the batch attaches to
     * @param epoch the epoch, from 0
     * @param number the number of the batch in the epoch, from 0
     * @return the batch
     * @throws java.util.NoSuchElementException if the epoch has fewer batches
     */
    public Batch batch(NDManager manager, int epoch, int number) {
        try (Batches batches = batches(manager, epoch, number)) {
            return batches.next();
        }
    }

    private Sample sample(int epoch, int row) {
        CaptionedImage image = dataset.row(row);
        RandomGenerator random = RowRandom.of(options.seed(), epoch, row);
        RgbImage square;
        try {
            square = transforms.transform(image.image(options.transparency()), random);
        } catch (InvalidInputException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(image.name()) ? e : new InvalidInputException(image.name() + ": " + message, e);
        }
        return new Sample(row, caption(image.captions(), random), square);
    }

    private static String caption(List<String> captions, RandomGenerator random) {
        return captions.get(captions.size() == 1 ? 0 : random.nextInt(captions.size()));
    }

    /**
     * Draws for a batch what {@link #batches} draws for it, without reading the images; for models' outputs that are cached.
     *
     * <p>That needs crops without a choice: {@code centerCrop}, or square images only.
     *
     * @param epoch the epoch, from 0
     * @param batch the number of the batch in the epoch, from 0
     * @return one draw for each row of the batch
     */
    public List<Draw> draws(int epoch, int batch) {
        int first = batch * options.batchSize();
        return draws(epoch, first, first + options.batchSize());
    }

    /**
     * Draws for an epoch, see {@link #draws(int, int)}.
     *
     * @param epoch the epoch, from 0
     * @return one draw for each row, in the order of the epoch
     */
    public List<Draw> draws(int epoch) {
        return draws(epoch, 0, order.length());
    }

    private List<Draw> draws(int epoch, int from, int to) {
        int[] rows = order(epoch);
        return IntStream.range(from, Math.min(to, rows.length))
                .mapToObj(i -> draw(epoch, rows[i]))
                .toList();
    }

    private Draw draw(int epoch, int row) {
        RandomGenerator random = RowRandom.of(options.seed(), epoch, row);
        boolean mirrored = transforms
                .place(transforms.resolution(), transforms.resolution(), random)
                .mirrored();
        return new Draw(row, caption(dataset.captions(row), random), mirrored);
    }
}
