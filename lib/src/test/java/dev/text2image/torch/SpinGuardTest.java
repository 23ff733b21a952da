package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads may spin or not. */
@Timeout(60)
class SpinGuardTest {
    @BeforeEach
    void needsLinux() {
        assumeThat(SpinGuard.nanosWaited()).isPositive();
    }

    @Test
    void noneSpinWhileCoresAreWantedByMoreAndAllMaySomeCalmIntervalsLater() {
        SpinGuard guard = new SpinGuard();
        guard.observe(0.4);
        assertThat(guard.isHolding()).isFalse();
        guard.observe(0.6);
        assertThat(guard.isHolding()).isTrue();
        guard.observe(0.1);
        guard.observe(0.1);
        guard.observe(0.4);
        guard.observe(0.1);
        guard.observe(0.1);
        assertThat(guard.isHolding()).isTrue();
        guard.observe(0.1);
        assertThat(guard.isHolding()).isFalse();
    }

    /** That is what has libgomp's threads sleep at once. */
    @Test
    void anIdleTeamHasMoreThreadsThanThereAreProcessorsUntilItIsClosed() throws InterruptedException {
        int size = OpenMp.processors() + 1;
        assertThat(size).isGreaterThan(1);
        try (IdleTeam team = new IdleTeam("some-team", size)) {
            await(() -> threads("some-team") == size);
        }
        await(() -> threads("some-team") == 0);
    }

    @Test
    void threadsThatWantMoreCoresThanThereAreWaitForThem() throws InterruptedException {
        long before = SpinGuard.nanosWaited();
        List<Thread> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                Thread thread = new Thread(SpinGuardTest::turn);
                thread.setDaemon(true);
                thread.start();
                busy.add(thread);
            }
            await(() ->
                    SpinGuard.nanosWaited() - before > Duration.ofMillis(200).toNanos());
        } finally {
            busy.forEach(Thread::interrupt);
        }
    }

    private static void turn() {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    private static void await(BooleanSupplier expected) throws InterruptedException {
        while (!expected.getAsBoolean()) {
            Thread.sleep(10);
        }
    }

    /** A team's threads have the name of the thread that started them. */
    private static long threads(String name) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(thread -> name(thread).equals(name)).count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
