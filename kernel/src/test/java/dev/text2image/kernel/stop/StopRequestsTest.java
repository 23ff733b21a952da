package dev.text2image.kernel.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StopRequestsTest {
    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    @AfterEach
    void endCell() {
        StopRequests.cellEnds();
        executor.shutdownNow();
    }

    /** Runs code in a cell, stops the cell once the code has started, and returns what the code ended with. */
    static Throwable endAfterStop(Callable<Object> code) throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        var started = new CountDownLatch(1);
        var end = new CompletableFuture<Throwable>();
        StopRequests.cellStarts();
        try {
            var result = StopRequests.submit(executor, () -> {
                started.countDown();
                try {
                    end.complete(new AssertionError("ended by itself with " + code.call()));
                } catch (Exception e) {
                    end.complete(e);
                }
                return "";
            });
            started.await();
            StopRequests.stopCell();
            assertThat(result).isCancelled();
            StopRequests.cellEnds();
            return end.get(60, TimeUnit.SECONDS);
        } finally {
            executor.shutdown();
        }
    }

    @Test
    void aRequestOutlivesAnInterruptThatSomethingSwallowed() throws Exception {
        Throwable end = endAfterStop(() -> {
            while (!StopRequests.isRequested()) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
            StoppableLoops.check();
            return "";
        });
        assertThat(end).isInstanceOf(CancellationException.class);
    }

    @Test
    void aWaitThatStartsAfterAnInterruptWasSwallowedEnds() throws Exception {
        Throwable end = endAfterStop(() -> {
            while (!StopRequests.isRequested()) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
            new CountDownLatch(1).await();
            return "";
        });
        assertThat(end).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aMessageIsNotInterruptedButWhatFollowsIs() throws Exception {
        Throwable end = endAfterStop(() -> {
            StopRequests.sendStarts();
            boolean inMessage;
            try {
                while (!StopRequests.isRequested()) {
                    Thread.onSpinWait();
                }
                Thread.sleep(300);
                inMessage = Thread.currentThread().isInterrupted();
            } finally {
                StopRequests.sendEnds();
            }
            return inMessage + " " + Thread.currentThread().isInterrupted();
        });
        assertThat(end).hasMessage("ended by itself with false true");
    }

    @Test
    void theNextStatementOfAStoppedCellDoesNotRunAndTheNextCellDoes() throws Exception {
        StopRequests.cellStarts();
        assertThat(StopRequests.submit(executor, () -> "first").get()).isEqualTo("first");
        StopRequests.stopCell();
        assertThatThrownBy(() -> StopRequests.submit(executor, () -> "second").get())
                .isInstanceOf(CancellationException.class);
        StopRequests.cellStarts();
        var result = StopRequests.submit(executor, () -> {
            StoppableLoops.check();
            return "third";
        });
        assertThat(result.get()).isEqualTo("third");
    }

    @Test
    void aStopWithoutACellIsForgotten() throws Exception {
        StopRequests.stopCell();
        assertThat(StopRequests.submit(executor, () -> "run").get()).isEqualTo("run");
    }
}
