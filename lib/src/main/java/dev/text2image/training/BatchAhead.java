package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.progress.Progress;
import dev.text2image.torch.HelperThreads;
import dev.text2image.torch.Torch;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Makes the next micro-batch on a thread of its own while the present one is trained on: drawing its noise and copying it to a GPU then
 * cost the loop nothing. What fails on that thread is told when the micro-batch is asked for.
 */
final class BatchAhead implements AutoCloseable {
    /** Makes a micro-batch by its place in the run. */
    @FunctionalInterface
    interface Source {
        TextToImageBatch make(NDManager owner, long place);
    }

    private record Made(long place, NDManager owner, Future<TextToImageBatch> batch) {}

    private final Source source;
    private final NDManager manager;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(HelperThreads.named("text2image-batches"));
    private @Nullable Made next;

    /**
     * Starts the thread.
     *
     * @param device where the micro-batches are wanted
     * @param source makes them, on that thread alone
     */
    BatchAhead(Device device, Source source) {
        this.manager = Torch.newManager(device);
        this.source = source;
    }

    /**
     * Returns a micro-batch.
     *
     * @param scratch owner of its arrays
     * @param place its place in the run, from 0
     * @param goOn whether to start to make the one behind it
     * @throws CancellationException if the thread was interrupted; the same micro-batch can be asked for again
     */
    TextToImageBatch get(NDManager scratch, long place, boolean goOn) {
        Progress.checkInterrupted();
        Made wanted = next;
        if (wanted == null || wanted.place() != place) {
            drop();
            wanted = start(place);
        }
        next = wanted;
        TextToImageBatch batch = await(wanted);
        batch.attach(scratch);
        wanted.owner().close();
        next = goOn ? start(place + 1) : null;
        return batch;
    }

    private Made start(long place) {
        NDManager owner = manager.newSubManager();
        return new Made(place, owner, thread.submit(() -> source.make(owner, place)));
    }

    private TextToImageBatch await(Made made) {
        try {
            return made.batch().get();
        } catch (InterruptedException e) {
            throw (CancellationException) new CancellationException("Stopped.").initCause(e);
        } catch (ExecutionException e) {
            drop();
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            } else if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** What is being made at this moment is freed behind it, on the same thread. */
    private void drop() {
        if (next != null) {
            thread.execute(next.owner()::close);
            next = null;
        }
    }

    /** Ends the thread, and frees what it has made. */
    @Override
    public void close() {
        Future<?> end = thread.submit(manager::close);
        thread.shutdown();
        boolean interrupted = false;
        while (!end.isDone()) {
            try {
                end.get();
            } catch (InterruptedException e) {
                interrupted = true; // what it reads from is closed next
            } catch (ExecutionException e) {
                throw new IllegalStateException("What was made ahead could not be freed.", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
