package dev.text2image.torch;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets the threads of an operation spin while the processor is theirs alone, and sleep while it is not.
 *
 * <p>Between two operations a thread of OpenMP spins for a while before it sleeps. A step of a small model is thousands of operations,
 * and waking a thread takes longer than many of them: it trains nearly twice as fast with threads that spin. Beside another busy process
 * one that spins holds the core that the others of its team wait for, and the same step takes several times as long. GNU's OpenMP does
 * not let threads spin (with OMP_WAIT_POLICY=PASSIVE; else hardly) while the process has more of its threads than there are processors
 * ({@code gomp_managed_threads} in libgomp's wait.h). So the guard keeps an idle team while threads of this process wait for a core.
 *
 * <p>Only Linux tells how long they waited; elsewhere there is no guard.
 */
final class SpinGuard implements Runnable {
    /** A directory for each thread, and in it {@code schedstat}: nanoseconds on a core, nanoseconds ready without one, turns. */
    private static final Path THREADS = Path.of("/proc/self/task");

    private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);
    /** With so many threads ready and without a core, on average, sleeping is faster (two cores, a rival busy for half of the time). */
    private static final double CROWDED = 0.5;
    /** With fewer than this, for some intervals, spinning is. */
    private static final double CALM = 0.3;

    private static final int CALM_INTERVALS = 3;

    private @Nullable IdleTeam team;
    private int calm;

    /** Starts a guard for the rest of the process where it is of use. */
    static void start() {
        // Before this, threads of the JVM have waited; a system that says 0 does not count.
        if (Torch.threads() > 1 && nanosWaited() > 0) {
            Thread thread = new Thread(new SpinGuard(), "text2image-spin-guard");
            thread.setDaemon(true);
            thread.start();
        }
    }

    @Override
    public void run() {
        long before = nanosWaited();
        long start = System.nanoTime();
        while (true) {
            LockSupport.parkNanos(INTERVAL);
            long now = nanosWaited();
            long end = System.nanoTime();
            // What a thread waited goes with it when it ends.
            observe(Math.max(0, now - before) / (double) (end - start));
            before = now;
            start = end;
        }
    }

    /**
     * Takes notice of an interval.
     *
     * @param waiting how many threads of this process were ready and had no core, on average
     */
    void observe(double waiting) {
        calm = waiting < CALM ? calm + 1 : 0;
        if (waiting >= CROWDED && team == null) {
            team = new IdleTeam("text2image-idle", OpenMp.processors() + 1);
        } else if (calm >= CALM_INTERVALS) {
            release();
        }
    }

    private void release() {
        if (team != null) {
            team.close();
            team = null;
        }
    }

    /** Whether threads are kept from spinning. */
    boolean isHolding() {
        return team != null;
    }

    /** How long all threads of this process together have been ready without a core; 0 where the system does not tell. */
    static long nanosWaited() {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (Path thread : threads) {
                sum += nanosWaited(thread);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return 0;
        }
        return sum;
    }

    private static long nanosWaited(Path thread) {
        try {
            return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", -1)[1]);
        } catch (IOException e) {
            return 0; // a thread that has ended, or a system without the file
        }
    }
}
