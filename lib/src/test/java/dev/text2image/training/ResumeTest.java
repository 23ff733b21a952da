package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was stopped and resumed is the same run. */
class ResumeTest extends TinyRunTest {
    /** Ten steps; without accumulation an epoch has three of them, so that the fifth is within the second epoch. */
    private TrainingConfig config(String output, String flags) {
        return with(run(output).maxTrainSteps(10).checkpointingSteps(5), flags);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--seed 5",
                "--use_ema --gradient_accumulation_steps 3 --noise_offset 0.1 --input_perturbation 0.1",
                "--train_text_encoder --use_ema --use_ema_warmup --gradient_accumulation_steps 2",
                "--use_8bit_adam --use_ema --dream_training",
                "--cache_latents memory --cache_text_embeddings memory --use_ema --proportion_empty_prompts 0.3",
                "--cache_latents disk --cache_text_embeddings disk --use_8bit_adam",
                "--mixed_precision bf16 --gradient_checkpointing selective --use_ema",
                "--mixed_precision fp16 --dataloader_num_workers 2",
                "--gradient_checkpointing full --validation_samples 2 --validation_steps 3 --keep_best_checkpoint",
                "--dataloader_num_workers 2 --train_text_encoder --offload_ema --use_ema"
            })
    @ShowsEffectOf("resume_from_checkpoint")
    void aResumedRunEndsWithTheSameBits(String flags) throws IOException {
        List<Double> expected;
        try (Trainer whole = new Trainer(config("whole", flags))) {
            expected = losses(whole.run());
        }
        try (Trainer first = new Trainer(config("halves", flags))) {
            for (int i = 0; i < 5; i++) {
                first.step();
            }
        }
        try (Trainer second = new Trainer(config("halves", flags + " --resume_from_checkpoint latest"))) {
            assertThat(second.describe()).startsWith("Going on at step 5");
            assertThat(losses(second.run())).isEqualTo(expected);
        }
        assertSameFiles("checkpoint-10");
        assertSameFiles("unet");
        assertThat(state("halves")).isEqualTo(state("whole"));
    }

    private static List<Double> losses(TrainingHistory history) {
        return history.rows().stream().map(TrainingHistory.Row::loss).toList();
    }

    /** Weights, averages and the optimizer's memory. */
    private void assertSameFiles(String folder) throws IOException {
        Path expected = directory().resolve("whole").resolve(folder);
        try (Stream<Path> files = Files.walk(expected)) {
            assertThat(files.filter(file -> file.toString().endsWith(".safetensors")))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(directory()
                                    .resolve("halves")
                                    .resolve(folder)
                                    .resolve(expected.relativize(file).toString()))
                            .hasSameBinaryContentAs(file));
        }
    }

    private JsonObject state(String output) {
        JsonObject state = Json.readObject(directory().resolve(output).resolve("checkpoint-10/training_state.json"));
        state.remove("config");
        return state;
    }
}
