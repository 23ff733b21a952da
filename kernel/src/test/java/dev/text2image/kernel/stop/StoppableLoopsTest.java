package dev.text2image.kernel.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoppableLoopsTest {
    /** Loops as people write them in cells; none looks at the interrupt flag. */
    static final class Loops {
        private static long steps;

        private Loops() {}

        @SuppressWarnings("InfiniteLoop")
        static void whileTrue() {
            while (true) {
                steps++;
            }
        }

        static void doWhile() {
            do {
                steps++;
            } while (steps > 0);
        }

        static void nested() {
            for (long i = 0; i >= 0; i++) {
                for (int j = 0; j < 3; j++) {
                    steps++;
                }
            }
        }

        static void lambda() {
            IntStream.range(0, Integer.MAX_VALUE).forEach(i -> steps += i);
            whileTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"whileTrue", "doWhile", "nested", "lambda"})
    void aLoopEndsWhenItsThreadIsInterrupted(String name) throws Exception {
        var method = changed(Loops.class).getDeclaredMethod(name);
        method.setAccessible(true);
        var end = new CompletableFuture<Throwable>();
        var thread = new Thread(() -> {
            try {
                method.invoke(null);
                end.complete(new AssertionError("the loop ended by itself"));
            } catch (ReflectiveOperationException e) {
                end.complete(e.getCause());
            }
        });
        thread.setDaemon(true);
        thread.start();
        thread.interrupt();
        assertThat(end).succeedsWithin(Duration.ofSeconds(60)).isInstanceOf(CancellationException.class);
    }

    /** Calls as people write them in cells. */
    static final class Calls {
        private Calls() {}

        static int fibonacci(int n) {
            return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
        }

        static void close() {
            for (int i = 0; i < 3; i++) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aRecursionEndsWhenItsCellIsStopped() throws Exception {
        var method = changed(Calls.class).getDeclaredMethod("fibonacci", int.class);
        method.setAccessible(true);
        assertThat(StopRequestsTest.endAfterStop(() -> method.invoke(null, 60)))
                .hasCauseInstanceOf(CancellationException.class);
    }

    @Test
    void whatClosesRunsInAStoppedCell() throws Exception {
        var method = changed(Calls.class).getDeclaredMethod("close");
        method.setAccessible(true);
        var end = StopRequestsTest.endAfterStop(() -> {
            while (!StopRequests.isRequested()) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
            method.invoke(null);
            throw new IllegalStateException("closed");
        });
        assertThat(end).isInstanceOf(IllegalStateException.class);
    }

    static Class<?> changed(Class<?> original) throws IOException {
        byte[] classFile;
        try (InputStream in = Objects.requireNonNull(
                original.getResourceAsStream("/" + original.getName().replace('.', '/') + ".class"))) {
            classFile = StoppableLoops.transform(in.readAllBytes());
        }
        return new ClassLoader(original.getClassLoader()) {
            Class<?> define() {
                return defineClass(original.getName(), classFile, 0, classFile.length);
            }
        }.define();
    }
}
