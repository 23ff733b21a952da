package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.ProcessGroup;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.records.TrainingHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several processes train as one does; here they are threads that take turns, as they share libtorch's generator. */
@Timeout(120)
class ProcessGroupTest {
    private static final double ROUNDING = 1e-5;
    private static final DataCheck NOTHING_FOUND = new DataCheck(List.of(), List.of(), List.of(), List.of());

    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfig config(String output, int processes, int batchSize, String flags) {
        return TinyRun.shared(base, directory.resolve(output), processes, batchSize, flags);
    }

    /** Processes of which one runs at a time, until it waits for the sum. */
    private static final class Turns {
        private final List<float[]> given = new ArrayList<>();
        private final int size;
        private int sums;

        Turns(int size) {
            this.size = size;
        }

        private synchronized void sum(float... values) throws InterruptedException {
            int number = sums;
            given.add(values);
            if (given.size() == size) {
                float[] total = new float[values.length];
                for (float[] terms : given) {
                    for (int i = 0; i < total.length; i++) {
                        total[i] += terms[i];
                    }
                }
                given.forEach(place -> System.arraycopy(total, 0, place, 0, total.length));
                given.clear();
                sums++;
                notifyAll();
            }
            while (number == sums) {
                wait();
            }
        }

        /** Runs all processes to their end. */
        List<TrainingHistory> run(TrainingConfig config, BiConsumer<Integer, Trainer> prepared, List<float[]> weights) {
            List<CompletableFuture<TrainingHistory>> running = IntStream.range(0, size)
                    .mapToObj(rank -> CompletableFuture.supplyAsync(
                            () -> process(config, rank, prepared, weights),
                            task -> new Thread(task, "process-" + rank).start()))
                    .toList();
            return running.stream().map(CompletableFuture::join).toList();
        }

        private synchronized TrainingHistory process(
                TrainingConfig config, int rank, BiConsumer<Integer, Trainer> prepared, List<float[]> weights) {
            try (Trainer trainer = new Trainer(config, NOTHING_FOUND, Device.cpu(), group(rank))) {
                prepared.accept(rank, trainer);
                TrainingHistory history = trainer.run();
                weights.add(weights(trainer));
                return history;
            }
        }

        private ProcessGroup group(int rank) {
            return new ProcessGroup() {
                @Override
                public int rank() {
                    return rank;
                }

                @Override
                public int size() {
                    return size;
                }

                @Override
                public void sum(float... values) {
                    try {
                        Turns.this.sum(values);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
        }
    }

    private static float[] weights(Trainer trainer) {
        List<Float> all = new ArrayList<>();
        trainer.trainable()
                .weights()
                .forEach(some -> some.tensors().values().forEach(tensor -> {
                    for (float value : tensor.toFloatArray()) {
                        all.add(value);
                    }
                }));
        float[] result = new float[all.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = all.get(i);
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({
        "2, 2, --rank 4 --gradient_accumulation_steps 2 --use_ema --validation_samples 3",
        "3, 2, --rank 4 --train_text_encoder --lora_dropout 0.3 --max_grad_norm 0.01",
        "4, 1, --rank 4 --cache_latents --cache_text_embeddings"
    })
    void severalProcessesTrainAsOneDoes(int processes, int batchSize, String flags) {
        String steps = flags + " --max_train_steps 5 --checkpointing_steps 3";
        List<float[]> weights = new ArrayList<>();
        List<TrainingHistory> found = new Turns(processes)
                .run(config("several", processes, batchSize, steps), (rank, trainer) -> {}, weights);
        try (Trainer one = new Trainer(config("one", 1, processes * batchSize, steps))) {
            List<TrainingHistory.Row> expected = one.run().rows();
            found.forEach(history -> assertThat(history.rows()).hasSameSizeAs(expected));
            for (int i = 0; i < expected.size(); i++) {
                double loss = expected.get(i).loss();
                assertThat(found.get(0).rows().get(i).loss()).isCloseTo(loss, within(ROUNDING * loss));
            }
            float[] together = weights.get(0);
            assertThat(weights)
                    .hasSize(processes)
                    .allSatisfy(other -> assertThat(other).isEqualTo(together));
            float[] alone = weights(one);
            double most = IntStream.range(0, alone.length)
                    .mapToDouble(i -> Math.abs(together[i] - alone[i]))
                    .max()
                    .orElseThrow();
            assertThat(most).isLessThan(ROUNDING);
            assertThat(found.get(0).validations()).hasSameSizeAs(one.history().validations());
        }
        assertThat(directory.resolve("several/journal.jsonl")).content().containsOnlyOnce("\"finished\"");
        assertThat(Files.isDirectory(directory.resolve("several/checkpoint-3"))).isTrue();
    }

    @Test
    void aProcessThatWentAstrayIsNamed() {
        assertThatThrownBy(() -> new Turns(2)
                        .run(
                                config("out", 2, 2, "--rank 4 --max_train_steps 1"),
                                (rank, trainer) -> {
                                    if (rank == 1) {
                                        NDArray first = trainer.trainable().weights().get(0).tensors().values().stream()
                                                .findFirst()
                                                .orElseThrow();
                                        first.set(new NDIndex(0, 0), first.getFloat(0, 0) + 1e-6f);
                                    }
                                },
                                new ArrayList<>()))
                .hasMessageContaining("The weights of process 2 of 2 are not those of the first");
    }

    @Test
    void theNumberOfProcessesIsThatOfTheRun() {
        assertThatThrownBy(() -> new Trainer(
                        config("out", 2, 2, "--rank 4"), NOTHING_FOUND, Device.cpu(), new Turns(3).group(0)))
                .hasMessageContaining("num_processes is 2, but the run has 3 processes with 1 devices each");
    }
}
