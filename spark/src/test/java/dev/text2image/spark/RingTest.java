package dev.text2image.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes, here threads, that add up numbers over sockets. */
@Timeout(30)
class RingTest {
    private static final String HOST = "127.0.0.1";

    /** Starts processes, which close their ring at their end. */
    private static <T> List<CompletableFuture<T>> start(int size, Function<Ring, T> work) throws IOException {
        UUID meeting = UUID.randomUUID();
        List<ServerSocketChannel> ports = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            ports.add(Ring.listen(HOST));
            addresses.add(HOST + ":" + ports.get(i).socket().getLocalPort());
        }
        return IntStream.range(0, size)
                .mapToObj(rank -> CompletableFuture.supplyAsync(
                        () -> {
                            try (ServerSocketChannel port = ports.get(rank);
                                    Ring ring = Ring.join(port, rank, addresses, meeting)) {
                                return work.apply(ring);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        task -> new Thread(task, "process-" + rank).start()))
                .toList();
    }

    private static float[] numbers(int rank, int count) {
        SplittableRandom random = new SplittableRandom(rank);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextDouble(-1, 1);
        }
        return numbers;
    }

    /** Twice, with other numbers; the largest are more than the buffers of a socket hold. */
    @ParameterizedTest
    @CsvSource({"2, 1", "2, 7", "2, 3000001", "3, 0", "3, 2", "3, 1000", "4, 1", "4, 3", "4, 10", "4, 3000001"})
    void allProcessesGetTheSameSums(int size, int count) throws IOException {
        List<float[]> sums = start(size, ring -> {
                    float[] first = numbers(ring.rank() + size, 5);
                    ring.sum(first);
                    float[] second = numbers(ring.rank(), count);
                    ring.sum(second);
                    return second;
                })
                .stream()
                .map(CompletableFuture::join)
                .toList();
        float[] found = sums.get(0);
        assertThat(sums).allMatch(other -> Arrays.equals(other, found));
        double[] expected = new double[count];
        for (int rank = 0; rank < size; rank++) {
            float[] terms = numbers(rank, count);
            for (int i = 0; i < count; i++) {
                expected[i] += terms[i];
            }
        }
        double most = IntStream.range(0, count)
                .mapToDouble(i -> Math.abs(found[i] - expected[i]))
                .max()
                .orElse(0);
        assertThat(most).isLessThan(1e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void aProcessThatEndsEndsAllOthers(int size) throws IOException {
        List<CompletableFuture<Object>> processes = start(size, ring -> {
            ring.sum(numbers(ring.rank(), 100));
            if (ring.rank() == 1) {
                return "killed";
            }
            while (true) {
                ring.sum(numbers(ring.rank(), 100_000));
            }
        });
        assertThat(processes.get(1).join()).isEqualTo("killed");
        for (int rank = 0; rank < size; rank++) {
            if (rank != 1) {
                CompletableFuture<Object> other = processes.get(rank);
                assertThatThrownBy(other::join)
                        .isInstanceOf(CompletionException.class)
                        .cause()
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageMatching(
                                "Process \\d of " + size + " at 127.0.0.1:\\d+ is gone \\(.+\\), so Process "
                                        + (rank + 1) + " of " + size + " at 127.0.0.1:\\d+ ends too.");
            }
        }
    }

    @Test
    void waitingEndsWithAnInterrupt() throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        List<CompletableFuture<Boolean>> processes = start(2, ring -> {
            try {
                if (ring.rank() == 0) {
                    Thread.currentThread().interrupt();
                    ring.sum(1);
                } else {
                    ended.await();
                }
                return true;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThatThrownBy(processes.get(0)::join).hasCauseInstanceOf(CancellationException.class);
        ended.countDown();
        assertThat(processes.get(1).join()).isTrue();
    }

    @Test
    void aStrangerIsSentAway() throws IOException {
        UUID meeting = UUID.randomUUID();
        try (ServerSocketChannel first = Ring.listen(HOST);
                ServerSocketChannel second = Ring.listen(HOST);
                Socket stranger = new Socket(
                        InetAddress.getLoopbackAddress(), first.socket().getLocalPort())) {
            stranger.getOutputStream().write(new byte[100]);
            List<String> addresses = List.of(
                    HOST + ":" + first.socket().getLocalPort(),
                    HOST + ":" + second.socket().getLocalPort());
            CompletableFuture<float[]> other =
                    CompletableFuture.supplyAsync(() -> sumOfTwo(second, 1, addresses, meeting));
            assertThat(sumOfTwo(first, 0, addresses, meeting)).containsExactly(5);
            assertThat(other.join()).containsExactly(5);
        }
    }

    private static float[] sumOfTwo(ServerSocketChannel port, int rank, List<String> addresses, UUID meeting) {
        try (Ring ring = Ring.join(port, rank, addresses, meeting)) {
            float[] value = {2 + rank};
            ring.sum(value);
            return value;
        }
    }

    @Test
    void aProcessThatCannotBeReachedIsNamed() throws IOException {
        String gone;
        try (ServerSocketChannel closed = Ring.listen(HOST)) {
            gone = HOST + ":" + closed.socket().getLocalPort();
        }
        try (ServerSocketChannel port = Ring.listen(HOST)) {
            String own = HOST + ":" + port.socket().getLocalPort();
            assertThatThrownBy(() -> Ring.join(port, 0, List.of(own, gone), UUID.randomUUID()))
                    .hasMessage("Process 1 of 2 at " + own + " cannot reach Process 2 of 2 at " + gone
                            + ": Connection refused");
        }
    }
}
