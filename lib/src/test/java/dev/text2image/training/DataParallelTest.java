package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.TrainingHistory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several replicas on the CPU train as one does. */
class DataParallelTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfig config(String output, int replicas, int batchSize, String flags) {
        TrainingConfig run = TinyRun.config(base, directory.resolve(output))
                .maxTrainSteps(5)
                .numProcesses(replicas)
                .trainBatchSize(batchSize)
                .build();
        return GuideCommand.parse(List.of(flags.split(" ")), run).config();
    }

    @ParameterizedTest
    @CsvSource({
        "2, 2, --gradient_accumulation_steps 2 --use_ema",
        "3, 2, --use_ema --gradient_checkpointing full",
        "4, 1, --gradient_accumulation_steps 2 --use_ema --cache_latents --cache_text_embeddings",
        "2, 2, --train_text_encoder --noise_offset 0.1 --input_perturbation 0.1 --max_grad_norm 0.01",
        "2, 2, --rank 4 --gradient_checkpointing selective",
    })
    void severalReplicasGiveWhatOneGives(int replicas, int batchSize, String flags) {
        try (Trainer one = new Trainer(config("one", 1, replicas * batchSize, flags));
                Trainer several = new Trainer(config("several", replicas, batchSize, flags))) {
            List<TrainingHistory.Row> expected = one.run().rows();
            List<TrainingHistory.Row> rows = several.run().rows();
            for (int i = 0; i < 5; i++) {
                System.err.println(rows.get(i) + "\n" + expected.get(i));
                assertThat(rows.get(i).loss()).isCloseTo(expected.get(i).loss(), within(1e-5));
            }
            several.replicas().startStep();
            several.replicas().checkReplicas();
        }
    }
}
