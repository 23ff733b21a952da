package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One seed, one run: whatever device tensors are for, the CPU's generator draws them. */
class RandomTensorsTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/text2image");
    private static final Shape SHAPE = new Shape(3, 5);
    /** What draws in DJL and in TorchScript. */
    private static final Pattern DRAWS = Pattern.compile("[.](random(Normal|Uniform|Integer|Permutation|Multinomial)"
            + "|truncatedNormal|sampleNormal|sampleGamma|samplePoisson)\\("
            + "|torch[.](rand|normal|bernoulli|multinomial|dropout|poisson|alpha_dropout)"
            + "|[.](normal_|uniform_|bernoulli_|random_|exponential_)\\(");

    private static float[] normal(NDManager manager) {
        try (NDArray drawn = RandomTensors.normal(manager, SHAPE)) {
            return drawn.toFloatArray();
        }
    }

    /** Numbers of torch.randn(3) after torch.manual_seed(0), from Python. */
    @Test
    void theNumbersAreThoseOfTorchOnTheProcessor() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Torch.seed(0);
            assertThat(RandomTensors.normal(manager, new Shape(3)).toFloatArray())
                    .containsExactly(1.5409961f, -0.2934289f, -2.1787894f);
        }
    }

    @Test
    void aSeriesHasTheNumbersOfTheSharedGeneratorAndLeavesItAlone() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            Torch.seed(7);
            List<float[]> expected = List.of(normal(manager), normal(manager));
            List<Long> seeds = LongStream.of(RandomTensors.seeds(4)).boxed().toList();
            Torch.seed(8);
            float[] next = normal(manager);
            Torch.seed(8);
            RandomTensors.Series series = RandomTensors.series(manager, 7, List.of(SHAPE, SHAPE), 4);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(series.normals().get(i).toFloatArray()).isEqualTo(expected.get(i));
            }
            assertThat(series.seeds()).isEqualTo(seeds);
            assertThat(normal(manager)).isEqualTo(next);
        }
    }

    /** A device that this machine need not have: its own generator may not be asked, and the CPU's has to go on as for the CPU. */
    @Test
    void whatIsDrawnForAnotherDeviceComesFromTheProcessorsGenerator() {
        NDManager elsewhere = managerOn(Device.gpu());
        List<Consumer<NDManager>> draws = List.of(
                manager -> RandomTensors.normal(manager, SHAPE),
                manager -> RandomTensors.normal(manager, 0.02f, SHAPE),
                manager -> RandomTensors.uniform(manager, -1, 1, SHAPE));
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            for (Consumer<NDManager> draw : draws) {
                Torch.seed(7);
                draw.accept(cpu);
                float[] next = normal(cpu);
                Torch.seed(7);
                moveIsAllThatMayFail(() -> draw.accept(elsewhere));
                assertThat(normal(cpu)).isEqualTo(next);
            }
        }
    }

    private static void moveIsAllThatMayFail(Runnable draw) {
        try {
            draw.run();
        } catch (EngineException e) {
            assertThat(e).hasMessageContaining("CUDA");
        }
    }

    private static NDManager managerOn(Device device) {
        return (NDManager) Proxy.newProxyInstance(
                NDManager.class.getClassLoader(), new Class<?>[] {NDManager.class}, (self, method, arguments) -> {
                    if (method.getName().equals("getDevice")) {
                        return device;
                    }
                    throw new AssertionError(method.getName() + " was called for a device that is not the processor.");
                });
    }

    @Test
    void nothingElseDrawsTensors() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).isNotEmpty();
            assertThat(sources)
                    .filteredOn(RandomTensorsTest::draws)
                    .containsExactlyInAnyOrder(
                            SOURCES.resolve("torch/RandomTensors.java"),
                            SOURCES.resolve(
                                    "nn/graph/Trace.java")); // dropout within TorchScript, drawn by the CPU's too
        }
    }

    private static boolean draws(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> !line.strip().startsWith("*"))
                    .anyMatch(line -> DRAWS.matcher(line).find());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
