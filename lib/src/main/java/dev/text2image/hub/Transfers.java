package dev.text2image.hub;

import dev.text2image.io.ByteSize;
import dev.text2image.progress.Progress;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Several transfers at a time, with one progress bar of bytes, rate and time left. */
public final class Transfers {
    private static final int AT_A_TIME = 6;
    private static final long MILLIS_BETWEEN_REPORTS = 100;
    private static final long MIB = 1 << 20;

    private Transfers() {}

    /**
     * Runs transfers to their ends, or to the first failure.
     *
     * @param label what they do, for the progress bar
     * @param total the bytes of all of them
     * @param counted the bytes that are through, counted by the transfers
     * @param transfers what is run
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public static void run(String label, long total, AtomicLong counted, List<Runnable> transfers) {
        ExecutorService workers = Executors.newFixedThreadPool(Math.min(AT_A_TIME, transfers.size()), task -> {
            Thread thread = new Thread(task, "hub-transfer");
            thread.setDaemon(true);
            return thread;
        });
        try (Progress progress = Progress.start(label + ", MiB", total / MIB)) {
            var running = new ExecutorCompletionService<Void>(workers);
            transfers.forEach(transfer -> running.submit(transfer, null));
            await(running, transfers.size(), total, counted, progress);
        } finally {
            workers.shutdownNow();
        }
    }

    private static void await(
            ExecutorCompletionService<Void> running, int count, long total, AtomicLong counted, Progress progress) {
        long start = System.nanoTime();
        long shown = 0;
        try {
            for (int done = 0; done < count; ) {
                Future<Void> finished = running.poll(MILLIS_BETWEEN_REPORTS, TimeUnit.MILLISECONDS);
                if (finished != null) {
                    finished.get();
                    done++;
                }
                long bytes = counted.get();
                progress.steps(bytes / MIB - shown, note(bytes, total, (System.nanoTime() - start) / 1e9));
                shown = bytes / MIB;
            }
        } catch (InterruptedException e) {
            throw HubHttp.stopped(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    private static String note(long bytes, long total, double seconds) {
        if (bytes <= 0 || seconds < 1) {
            return "";
        }
        long left = Math.round((total - bytes) * seconds / bytes);
        return ByteSize.text(Math.round(bytes / seconds)) + "/s, " + left / 60 + " min " + left % 60 + " s left";
    }
}
