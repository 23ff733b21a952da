package dev.text2image.training.parallel;

import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of an optimizer step, from one replica or several at once, as torch's DistributedDataParallel makes them: N replicas
 * give what one gives with micro-batches N times as large, up to the rounding of sums.
 *
 * <pre>{@code
 * gradients.startStep();
 * for (...) {
 *     losses.add(gradients.backward(scratch, epoch, index, scale));
 * }
 * loss = gradients.finishStep(loss); // they lie in the first replica
 * }</pre>
 *
 * <p>If something fails on the way, {@link #forget} makes it undone. One replica works on the thread of the caller; several have a
 * thread each, among which the processor's threads are divided. Several processes have a replica each, and all of them the sums.
 *
 * @param <B> what the replicas take
 */
public final class DataParallel<B extends MicroBatch<B>> implements AutoCloseable {
    /** Copies between GPUs have been seen to go wrong silently, from the start or rarely. */
    private static final int STEPS_BETWEEN_CHECKS = 100;

    private final List<Replica<B>> replicas;
    private final Source<B> source;
    private final List<Worker<B>> workers = new ArrayList<>();
    private final @Nullable ReplicaChain chain;
    private final ProcessGroup processes;
    private final @Nullable Peers peers;
    private int steps;
    private int used;

    /**
     * Makes micro-batches.
     *
     * @param <B> what is made
     */
    @FunctionalInterface
    public interface Source<B> {
        /**
         * Makes a micro-batch.
         *
         * @param scratch owner of its arrays, which are made on its device
         * @param epoch the epoch, from 0
         * @param index the micro-batch within the epoch, from 0
         * @return the micro-batch, of all replicas together
         */
        B batch(NDManager scratch, int epoch, int index);
    }

    /**
     * Takes replicas.
     *
     * @param first the replica whose weights the optimizer changes
     * @param source what they are trained with
     * @param others replicas on other devices, or again on the same; their weights are copied from the first
     * @param processes the processes that train together; if there are several, each has one replica
     */
    public DataParallel(Replica<B> first, Source<B> source, List<Replica<B>> others, ProcessGroup processes) {
        this.replicas = Stream.concat(Stream.of(first), others.stream()).toList();
        this.source = source;
        this.processes = processes;
        this.peers = processes.size() == 1 ? null : new Peers(processes, first.weights());
        if (peers != null && !others.isEmpty()) {
            throw new IllegalArgumentException("Each of " + processes.size() + " processes has one replica, not "
                    + replicas.size() + "; start a process for each device.");
        }
        if (others.isEmpty()) {
            this.chain = null;
            return;
        }
        this.chain = new ReplicaChain(replicas.stream().map(Replica::weights).toList());
        for (int i = 0; i < replicas.size(); i++) {
            workers.add(new Worker<>("text2image-replica-" + i, replicas.get(i)));
        }
        divideThreads();
    }

    private void divideThreads() {
        int threads = Torch.threads();
        int share = Math.max(1, threads / workers.size());
        waitFor(workers.stream().map(worker -> worker.useThreads(share)).toList());
        Torch.setThreads(threads); // what libtorch gives to threads that come later
    }

    /** Gives all replicas the weights of the first. */
    public void startStep() {
        used = 1;
        if (chain != null) {
            chain.copyWeights();
        }
        if (steps++ % STEPS_BETWEEN_CHECKS == 0) {
            checkReplicas();
        }
    }

    /**
     * Compares the weights of the replicas, bit by bit, and those of the processes by a hash.
     *
     * @throws IllegalStateException naming the first difference
     */
    public void checkReplicas() {
        if (peers != null) {
            peers.astray().ifPresent(found -> {
                throw new IllegalStateException("The weights of process " + (found + 1) + " of " + processes.size()
                        + " are not those of the first although all make the same steps: use machines with the same"
                        + " processors and devices, and resume from the last checkpoint.");
            });
        }
        if (chain == null) {
            return;
        }
        chain.difference().ifPresent(found -> {
            throw new IllegalStateException("The weight " + found.tensor() + " of " + name(found.replica())
                    + " is not that of the first replica although it was copied: the copies between these devices cannot"
                    + " be trusted. Train on one of them, and resume from the last checkpoint.");
        });
    }

    /**
     * Adds the gradients of a micro-batch to those of the step. Its rows are dealt in order, as evenly as they can be.
     *
     * @param scratch owner of the micro-batch; with one replica on its device, and owner of everything that is made on the way
     * @param epoch the epoch, from 0
     * @param index the micro-batch within the epoch, from 0
     * @param gradientScale what the gradients are multiplied by
     * @return gives the loss, the mean over the rows, not scaled, or what the rows of this process add to it; to be asked once, by or
     *     after {@link #finishStep}
     * @throws IllegalStateException naming the replica that failed, once all of them have ended
     */
    public DoubleSupplier backward(NDManager scratch, int epoch, int index, double gradientScale) {
        B batch = source.batch(scratch, epoch, index);
        if (peers != null) {
            Share own = Share.of(batch.size(), processes.rank(), processes.size());
            return own.backward(replicas.get(0), scratch, batch, gradientScale);
        }
        return chain == null ? replicas.get(0).backward(scratch, batch, gradientScale) : deal(batch, gradientScale);
    }

    private DoubleSupplier deal(B batch, double gradientScale) {
        int count = Math.min(workers.size(), batch.size());
        used = Math.max(used, count);
        List<CompletableFuture<Double>> losses = IntStream.range(0, count)
                .mapToObj(i -> workers.get(i).backward(batch, Share.of(batch.size(), i, count), gradientScale))
                .toList();
        waitFor(losses);
        double loss = losses.stream().mapToDouble(CompletableFuture::join).sum();
        return () -> loss;
    }

    /** Waits until all have ended, in whatever way; an interrupt of this thread is left for later, as within a native call. */
    private void waitFor(List<? extends CompletableFuture<?>> running) {
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException unused) {
            throw failure(running);
        }
    }

    private RuntimeException failure(List<? extends CompletableFuture<?>> ended) {
        List<RuntimeException> failures = new ArrayList<>();
        for (int i = 0; i < ended.size(); i++) {
            try {
                ended.get(i).join();
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                failures.add(new IllegalStateException(name(i) + " failed: " + cause.getMessage(), cause));
            }
        }
        RuntimeException failure = failures.get(0);
        failures.stream().skip(1).forEach(failure::addSuppressed);
        return failure;
    }

    private String name(int replica) {
        String device = Torch.name(workers.get(replica).device());
        return "Replica " + (replica + 1) + " of " + workers.size() + " on " + device;
    }

    /**
     * Adds up the gradients of all replicas in the first one, and gives all processes the sum of theirs.
     *
     * @param loss gives the loss of the step, made of what {@link #backward} has given; asked now only if other processes wait for it
     * @return gives the loss of the step, the same in all processes; to be asked once
     */
    public DoubleSupplier finishStep(DoubleSupplier loss) {
        if (chain != null) {
            chain.sumGradients(used);
        }
        if (peers == null) {
            return loss;
        }
        double sum = peers.sumGradients(loss.getAsDouble());
        return () -> sum;
    }

    /** Drops all gradients of a step that was not finished. */
    public void forget() {
        replicas.forEach(replica -> replica.weights().forEach(Weights::forgetGradients));
    }

    /**
     * Lists the replicas.
     *
     * @return at least one, the optimizer's first
     */
    public List<Replica<B>> replicas() {
        return replicas;
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
    }
}
