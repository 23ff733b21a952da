package dev.text2image.training.parallel;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Torch;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A replica with a thread of its own: libtorch has its switches per thread, and a CPU's passes run on the thread that calls. */
final class Worker<B extends MicroBatch<B>> implements AutoCloseable {
    private final Replica<B> replica;
    private final Device device;
    private final NDManager manager;
    private final ExecutorService thread;

    /**
     * Starts the thread.
     *
     * @param name name of the thread
     * @param replica the replica, which stays the caller's
     */
    Worker(String name, Replica<B> replica) {
        this.replica = replica;
        this.device = replica.weights().get(0).device();
        this.manager = Torch.newManager(device);
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    Device device() {
        return device;
    }

    /** Limits the processor threads that operations of this replica use. */
    CompletableFuture<Void> useThreads(int count) {
        return CompletableFuture.runAsync(() -> Torch.setThreads(count), thread);
    }

    /**
     * Adds the gradients of some rows to the replica's weights.
     *
     * @param batch the whole micro-batch
     * @param share the rows
     * @param gradientScale what the gradients of the whole micro-batch's loss are multiplied by
     * @return what the rows add to that loss
     */
    CompletableFuture<Double> backward(B batch, Share share, double gradientScale) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (NDManager scratch = manager.newSubManager()) {
                        return share.backward(replica, scratch, batch, gradientScale)
                                .getAsDouble();
                    }
                },
                thread);
    }

    @Override
    public void close() {
        thread.shutdown();
        manager.close();
    }
}
