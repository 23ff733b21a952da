package dev.text2image.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The body of an answer, given up when nothing comes for a while: the HTTP client itself would wait for ever. */
final class StallGuard extends FilterInputStream {
    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "hub-stall-guard");
        thread.setDaemon(true);
        return thread;
    });

    private final long limitNanos;
    private final ScheduledFuture<?> watch;
    private volatile long last = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(InputStream in, Duration limit) {
        super(in);
        limitNanos = limit.toNanos();
        long period = Math.max(1, limitNanos / 4);
        watch = CLOCK.scheduleAtFixedRate(this::look, period, period, TimeUnit.NANOSECONDS);
    }

    private void look() {
        if (System.nanoTime() - last > limitNanos) {
            stalled = true;
            try {
                in.close(); // ends the read that waits
            } catch (IOException e) {
                // the reader sees that it stalled
            }
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            int count = in.read(target, offset, length);
            if (stalled) {
                throw new IOException("closed");
            }
            last = System.nanoTime();
            return count;
        } catch (IOException e) {
            throw stalled
                    ? new IOException(
                            "nothing came for " + Duration.ofNanos(limitNanos).toMillis() + " ms", e)
                    : e;
        }
    }

    @Override
    public void close() throws IOException {
        watch.cancel(false);
        in.close();
    }
}
