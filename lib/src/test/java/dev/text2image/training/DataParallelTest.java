package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.Replica;
import dev.text2image.training.records.TrainingHistory;
import dev.text2image.training.records.ValidationResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several replicas on the CPU train as one does, with the rounding of other sums. */
class DataParallelTest {
    private static final double ROUNDING = 1e-5;

    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    /** Ten images with Min-SNR weights; the last micro-batch of an epoch is short, and not all replicas get as many of its rows. */
    private TrainingConfig config(String output, int replicas, int batchSize, String flags) {
        return TinyRun.shared(base, directory.resolve(output), replicas, batchSize, flags);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 2, --gradient_accumulation_steps 2 --use_ema --validation_samples 3",
        "3, 2, --use_ema --gradient_checkpointing full",
        "4, 1, --gradient_accumulation_steps 2 --use_ema --cache_latents --cache_text_embeddings",
        "2, 2, --train_text_encoder --noise_offset 0.1 --input_perturbation 0.1 --max_grad_norm 0.01",
        "2, 1, --prior_data_dir ../notebooks/data/emoji-3d --prior_loss_weight 0.5",
        "2, 2, --rank 4 --train_text_encoder --lora_dropout 0.3 --gradient_checkpointing selective --use_ema"
    })
    @ShowsEffectOf("num_processes")
    void severalReplicasTrainAsOneDoes(int replicas, int batchSize, String flags) {
        String steps = flags + " --max_train_steps 5";
        try (Trainer one = new Trainer(config("one", 1, replicas * batchSize, steps));
                Trainer several = new Trainer(config("several", replicas, batchSize, steps))) {
            assertSame(one.run(), several.run());
            for (int i = 0; i < one.trainable().trained().size(); i++) {
                assertClose(one, several, i, TrainedWeights::weights);
                assertClose(one, several, i, part -> averageOrWeights(one, several, part));
            }
            several.replicas().startStep();
            assertThat(several.replicas().replicas())
                    .hasSize(replicas)
                    .allSatisfy(replica -> assertThat(bits(replica)).isEqualTo(bits(several.trainable())));
        }
    }

    private static Weights averageOrWeights(Trainer one, Trainer several, TrainedWeights part) {
        Trainer owner = one.trainable().trained().contains(part) ? one : several;
        return owner.finalWeights(part);
    }

    private static void assertSame(TrainingHistory expected, TrainingHistory found) {
        assertThat(found.rows()).hasSameSizeAs(expected.rows());
        for (int i = 0; i < expected.rows().size(); i++) {
            TrainingHistory.Row row = expected.rows().get(i);
            TrainingHistory.Row same = found.rows().get(i);
            assertThat(same.loss()).as("loss of step %d", i + 1).isCloseTo(row.loss(), within(ROUNDING * row.loss()));
            assertThat(same.gradientNorm())
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(row.gradientNorm(), within((float) ROUNDING * row.gradientNorm()));
        }
        assertThat(found.validations()).hasSameSizeAs(expected.validations());
        for (int i = 0; i < expected.validations().size(); i++) {
            ValidationResult result = expected.validations().get(i);
            assertThat(found.validations().get(i).loss()).isCloseTo(result.loss(), within(ROUNDING * result.loss()));
        }
    }

    private static void assertClose(Trainer one, Trainer several, int index, Function<TrainedWeights, Weights> choice) {
        Weights expected = choice.apply(one.trainable().trained().get(index));
        Weights found = choice.apply(several.trainable().trained().get(index));
        expected.tensors().forEach((name, tensor) -> {
            NDArray other = found.tensors().get(name);
            assertThat(other).as(name).isNotNull();
            Fixtures.assertClose(tensor, other, ROUNDING);
        });
    }

    /** A hash of each tensor. */
    private static List<Integer> bits(Replica<?> replica) {
        return replica.weights().stream()
                .flatMap(weights -> weights.tensors().values().stream())
                .map(tensor -> Arrays.hashCode(tensor.toFloatArray()))
                .toList();
    }

    @Test
    void aReplicaThatWentAstrayIsNamed() {
        try (Trainer trainer = new Trainer(config("out", 2, 2, "--max_train_steps 1"))) {
            trainer.replicas().startStep();
            trainer.replicas().checkReplicas();
            Weights copy = trainer.replicas().replicas().get(1).weights().get(0);
            NDArray bias = Objects.requireNonNull(copy.tensors().get("conv_in.bias"));
            bias.set(new NDIndex(0), bias.getFloat(0) + 1e-6f);
            assertThatThrownBy(trainer.replicas()::checkReplicas)
                    .hasMessageContaining(
                            "The weight conv_in.bias of Replica 2 of 2 on cpu is not that of the first replica");
            trainer.step();
            trainer.replicas().checkReplicas();
        }
    }

    @Test
    void aRunGoesOnWithAnotherNumberOfReplicas() {
        String flags = "--max_train_steps 20 --checkpointing_steps 10 --use_ema --gradient_accumulation_steps 2";
        TrainingHistory expected;
        try (Trainer one = new Trainer(config("one", 1, 4, flags))) {
            expected = one.run();
            try (Trainer four = new Trainer(config("several", 4, 1, flags))) {
                for (int i = 0; i < 10; i++) {
                    four.step();
                }
            }
            assertThatThrownBy(() ->
                            new Trainer(config("several", 2, 1, flags + " --resume_from_checkpoint checkpoint-10")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("train_batch_size was 1 on each of 4 devices and is 1 on each of 2 devices");
            try (Trainer two =
                    new Trainer(config("several", 2, 2, flags + " --resume_from_checkpoint checkpoint-10"))) {
                assertSame(expected, two.run());
                assertClose(one, two, 0, part -> averageOrWeights(one, two, part));
            }
        }
    }
}
