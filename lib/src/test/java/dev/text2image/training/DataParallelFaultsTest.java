package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.Replica;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens to one replica in the middle of a step ends it for all, and the run can go on as if nothing had been. */
@Timeout(120)
class DataParallelFaultsTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");
    private static float[] expected = {};

    @TempDir
    private Path directory;

    @BeforeAll
    static void trainWithoutFaults() {
        base = TinyPipeline.write(shared.resolve("base")).path();
        try (Trainer whole = new Trainer(config(shared.resolve("whole")))) {
            whole.run();
        }
        expected = TinyRun.unetWeights(shared.resolve("whole"));
    }

    private static TrainingConfig config(Path output) {
        return TinyRun.config(base, output)
                .device("cpu,cpu")
                .trainBatchSize(2)
                .gradientAccumulationSteps(2)
                .maxTrainSteps(3)
                .build();
    }

    /** The second micro-batch of the second step is the fourth of all; the second replica has its gradients when it fails. */
    private void stopsAndGoesOn(Consumer<NDManager> fault, Class<? extends Exception> type, String... messages) {
        AtomicInteger passes = new AtomicInteger();
        Trainable.Opener opener = (config, precision, checkpoint) ->
                faulty(new TextToImage(config, precision, checkpoint, null), scratch -> {
                    if (passes.incrementAndGet() == 4) {
                        fault.accept(scratch);
                    }
                });
        try (Trainer trainer = new Trainer(config(directory), opener)) {
            assertThatThrownBy(trainer::run).isInstanceOf(type).hasMessageContainingAll(messages);
            int whole = trainer.history().rows().size();
            assertThat(trainer.history().rows().get(whole - 1).step()).isEqualTo(whole);
            trainer.run();
            assertThat(trainer.history().rows()).hasSize(3);
        }
        assertThat(TinyRun.unetWeights(directory)).isEqualTo(expected);
    }

    @Test
    void aReplicaThatFails() {
        stopsAndGoesOn(
                scratch -> scratch.ones(new Shape(2, 3)).matMul(scratch.ones(new Shape(2, 3))),
                IllegalStateException.class,
                "Replica 2 of 2 on cpu failed",
                "mat1 and mat2 shapes cannot be multiplied");
    }

    @Test
    void aReplicaWithoutMemory() {
        stopsAndGoesOn(
                scratch -> scratch.zeros(new Shape(1L << 45)),
                IllegalStateException.class,
                "Replica 2 of 2 on cpu failed",
                "140737488355328 bytes");
    }

    @Test
    void stopInTheMiddleOfAStep() {
        Thread trainer = Thread.currentThread();
        stopsAndGoesOn(scratch -> trainer.interrupt(), CancellationException.class, "Stopped.");
    }

    private static Trainable<?> faulty(Trainable<?> real, Consumer<NDManager> afterPass) {
        return proxy(Trainable.class, (proxy, method, arguments) -> {
            Object result = call(real, method, arguments);
            return result instanceof Replica<?> replica && method.getName().equals("replica")
                    ? faulty(replica, afterPass)
                    : result;
        });
    }

    private static Replica<?> faulty(Replica<?> real, Consumer<NDManager> afterPass) {
        return proxy(Replica.class, (proxy, method, arguments) -> {
            Object result = call(real, method, arguments);
            if (method.getName().equals("backward") && arguments[0] instanceof NDManager scratch) {
                afterPass.accept(scratch);
            }
            return result;
        });
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
