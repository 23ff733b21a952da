package dev.text2image.torch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Threads that work beside the one that computes. Their operations use one processor core each: with more, OpenMP would have more
 * threads than there are cores, and would send those of the computing thread to sleep after each operation, which makes a small model
 * half as fast.
 */
public final class HelperThreads {
    private HelperThreads() {}

    /**
     * Makes daemon threads.
     *
     * @param name their name
     * @return makes one at each call
     */
    public static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(
                    () -> {
                        OpenMp.setThreads(1);
                        task.run();
                    },
                    name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Does something on one processor core, on a thread that has no operations of its own to compute otherwise.
     *
     * @param work what to do
     * @return its result
     * @param <T> what it makes
     */
    public static <T> T onOneCore(Supplier<T> work) {
        int threads = Torch.threads();
        OpenMp.setThreads(1);
        try {
            return work.get();
        } finally {
            OpenMp.setThreads(threads);
        }
    }

    /**
     * Makes several things at once, on as many threads as there are processor cores; the threads end with it. It waits for all of them
     * before it fails.
     *
     * @param count how many
     * @param source makes one by its number from 0; called by several threads
     * @return what was made, in order
     * @param <T> what is made
     */
    public static <T> List<T> inParallel(int count, IntFunction<T> source) {
        int threads = Math.min(count, Runtime.getRuntime().availableProcessors());
        if (threads <= 1) {
            return IntStream.range(0, count).mapToObj(source).toList();
        }
        ExecutorService workers = Executors.newFixedThreadPool(threads, named("text2image-parallel"));
        try {
            List<CompletableFuture<T>> made = IntStream.range(0, count)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> source.apply(i), workers))
                    .toList();
            CompletableFuture.allOf(made.toArray(CompletableFuture[]::new)).join();
            return made.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            } else if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        } finally {
            workers.shutdown();
        }
    }
}
