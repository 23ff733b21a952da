package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.optim.LearningRateSchedule;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hyper-parameters that change while a run goes on. */
class ReconfigureTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfigBuilder config(String output) {
        return TinyRun.config(base, directory.resolve(output)).lrScheduler(LearningRateSchedule.Kind.CONSTANT);
    }

    @Test
    void theNextStepUsesTheNewValuesAndTheNextCheckpointHoldsThem() {
        try (Trainer trainer = new Trainer(config("out").build())) {
            assertThat(trainer.step().learningRate()).isEqualTo(1e-3);
            TrainingConfig changed = trainer.config().toBuilder()
                    .learningRate(2e-4)
                    .maxTrainSteps(3)
                    .validationPrompts(List.of("a ship"))
                    .validationSteps(2)
                    .build();
            trainer.reconfigure(changed);
            assertThat(trainer.config()).isEqualTo(changed);
            assertThat(trainer.plan().totalSteps()).isEqualTo(3);
            assertThat(trainer.step().learningRate()).isEqualTo(2e-4);
            assertThat(directory.resolve("out/validation/step-2")).isNotEmptyDirectory();
            assertThat(trainer.run().rows()).hasSize(3);
            Path state = trainer.writeCheckpoint().resolve("training_state.json");
            assertThat(TrainingConfig.fromJson(Json.readObject(state).getAsJsonObject("config")))
                    .isEqualTo(changed);
        }
        try (Trainer resumed = new Trainer(
                config("out").resumeFromCheckpoint("latest").maxTrainSteps(4).build())) {
            assertThat(resumed.run().rows()).hasSize(4);
        }
    }

    @Test
    void theLossWeightsChange() {
        double[] weighted = TinyRun.losses(config("weighted").maxTrainSteps(2));
        double[] other = TinyRun.losses(config("other").snrGamma(0.1).maxTrainSteps(1));
        try (Trainer trainer = new Trainer(config("out").build())) {
            assertThat(trainer.step().loss()).isEqualTo(weighted[0]).isNotEqualTo(other[0]);
            trainer.reconfigure(trainer.config().toBuilder().snrGamma(0.1).build());
            assertThat(trainer.step().loss()).isNotEqualTo(weighted[1]);
        }
    }

    @Test
    void valuesThatARunStartsWithAreKeptAndAllNamed() {
        try (Trainer trainer = new Trainer(config("out").build())) {
            TrainingConfig before = trainer.config();
            TrainingConfig changed = before.toBuilder()
                    .seed(4)
                    .useEma(true)
                    .outputDir("elsewhere")
                    .noiseOffset(0.1)
                    .learningRate(1)
                    .build();
            assertThatThrownBy(() -> trainer.reconfigure(changed))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("A run that has started keeps these values")
                    .hasMessageContaining("seed was 3 and is 4")
                    .hasMessageContaining("use_ema was false and is true")
                    .hasMessageContaining("output_dir was ")
                    .hasMessageContaining("noise_offset was 0")
                    .hasMessageNotContaining("learning_rate");
            assertThat(trainer.config()).isEqualTo(before);
        }
    }
}
