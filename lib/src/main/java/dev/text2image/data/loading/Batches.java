package dev.text2image.data.loading;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TorchScript;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;

/**
 * One pass through the batches of an epoch, made by {@link DataLoader#batches}. With workers, the images of the next two batches are
 * decoded while the caller is busy. To be used by one thread, and closed by it, which ends the workers.
 */
public final class Batches implements Iterator<Batch>, AutoCloseable {
    private static final int BATCHES_AHEAD = 2;

    /** In float64 a product gives the quotient of float32 on every device, where GPUs divide by a number through its reciprocal. */
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def normalize(self, samples: Tensor) -> List[Tensor]:
              planes = torch.contiguous(torch.permute(samples, [0, 3, 1, 2]))
              values = torch.to(torch.mul(torch.to(planes, 7), %s), 6)
              return [torch.mul_(torch.sub_(values, 0.5), 2.)]
            """.formatted(1 / 255.0));

    private final NDManager manager;
    private final int[] rows;
    private final int batchSize;
    private final int resolution;
    private final IntFunction<Sample> source;
    private final ExecutorService workers;
    private final boolean ahead;
    private final ArrayDeque<FutureTask<Sample>> samples = new ArrayDeque<>();
    private int asked;
    private int given;

    Batches(NDManager manager, int[] rows, DataLoader.Options options, int resolution, IntFunction<Sample> source) {
        this.manager = manager;
        this.rows = rows;
        this.batchSize = options.batchSize();
        this.resolution = resolution;
        this.source = source;
        this.ahead = options.workers() > 0;
        this.workers = Executors.newFixedThreadPool(Math.max(1, options.workers()), Batches::thread);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "text2image-data");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public boolean hasNext() {
        return given < rows.length;
    }

    /**
     * Makes the next batch.
     *
     * @return the batch, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if an image cannot be read; the message names it
     * @throws CancellationException if the thread was interrupted
     */
    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException("The epoch has no more batches.");
        }
        int count = Math.min(batchSize, rows.length - given);
        int until = ahead ? given + batchSize * (1 + BATCHES_AHEAD) : given + count;
        ask(Math.min(rows.length, until));
        int each = 3 * resolution * resolution;
        byte[] pixels = new byte[Math.multiplyExact(count, each)];
        List<String> captions = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Sample sample = take();
            sample.image().copyTo(pixels, i * each);
            captions.add(sample.caption());
            numbers.add(sample.row());
        }
        given += count;
        Shape shape = new Shape(count, resolution, resolution, 3);
        try (NDArray samples = manager.create(ByteBuffer.wrap(pixels), shape, DataType.UINT8)) {
            return new Batch(normalize(samples), captions, numbers);
        }
    }

    /** From (b, h, w, 3) bytes to (b, 3, h, w) in [-1, 1], where they are: a quarter of the bytes of float32 go to a GPU. */
    static NDArray normalize(NDArray samples) {
        try (Autograd.Scope pause = Autograd.pause()) {
            return SCRIPT.call(samples.getManager(), "normalize", samples).singletonOrThrow();
        }
    }

    private void ask(int until) {
        while (asked < until) {
            int row = rows[asked++];
            FutureTask<Sample> task = new FutureTask<>(() -> source.apply(row));
            samples.add(task);
            if (ahead) {
                workers.execute(task);
            }
        }
    }

    private Sample take() {
        FutureTask<Sample> sample = samples.remove();
        try {
            Progress.checkInterrupted(); // what is decoded already would be handed to an interrupted thread
            if (!ahead) {
                sample.run();
            }
            return sample.get();
        } catch (CancellationException e) {
            close();
            throw e;
        } catch (InterruptedException e) {
            close();
            throw (CancellationException) new CancellationException("Stopped.").initCause(e);
        } catch (ExecutionException e) {
            close();
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Ends the workers. */
    @Override
    public void close() {
        workers.shutdownNow();
        samples.clear();
        asked = rows.length;
        given = rows.length;
    }
}
