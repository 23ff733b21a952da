package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Weights;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.trackers.Journal;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.records.Checkpoints;
import dev.text2image.training.records.TrainingHistory;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose numbers become infinite, or no numbers at all. */
class NonFiniteRunTest {
    private static final String WEIGHT = "mid_block.resnets.0.conv1.weight";

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
        return TinyRun.config(base, directory.resolve(output)).maxTrainSteps(20);
    }

    private static NDArray weight(Trainer trainer) {
        return Objects.requireNonNull(
                TinyRun.parts(trainer).models().unet().weights().tensors().get(WEIGHT));
    }

    private static void add(NDArray tensor, float value) {
        try (Autograd.Scope pause = Autograd.pause()) {
            tensor.addi(value);
        }
    }

    private static void gatherInfiniteGradient(Weights weights) {
        NDArray leaf = Objects.requireNonNull(weights.leaves().get(WEIGHT));
        try (Autograd.Scope recording = Autograd.record();
                NDArray loss = leaf.mul(Float.POSITIVE_INFINITY).sum()) {
            Autograd.backward(loss);
        }
    }

    private List<JsonObject> journal(String event) {
        return Journal.read(directory.resolve("out")).stream()
                .filter(line -> line.get("event").getAsString().equals(event))
                .toList();
    }

    @Test
    void aRunWhoseWeightsAreLostStopsAndNamesTheTensor() {
        try (Trainer trainer = new Trainer(config("out").useEma(true).build())) {
            trainer.step();
            trainer.step();
            trainer.writeCheckpoint();
            add(weight(trainer), Float.NaN);
            assertThatThrownBy(trainer::run)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("not finite 5 steps in a row, last at step 7")
                    .hasMessageContaining("first in the weight " + WEIGHT)
                    .hasMessageContaining("lower learning_rate, and resume from the last checkpoint");
            assertThat(journal("skipped"))
                    .hasSize(5)
                    .allSatisfy(
                            line -> assertThat(line.get("reason").getAsString()).contains("loss NaN", WEIGHT));
            assertThat(journal("stopped")).hasSize(1);
        }
        try (Trainer trainer = new Trainer(config("out")
                .useEma(true)
                .resumeFromCheckpoint("latest")
                .maxTrainSteps(4)
                .build())) {
            assertThat(trainer.run().rows())
                    .hasSize(4)
                    .allSatisfy(row -> assertThat(row.loss()).isFinite());
        }
    }

    @Test
    void nothingIsWrittenOfWeightsThatAreLost() {
        Path output = directory.resolve("out");
        try (Trainer trainer =
                new Trainer(config("out").checkpointsTotalLimit(1).build())) {
            trainer.step();
            Path good = trainer.writeCheckpoint();
            trainer.step();
            add(weight(trainer), Float.POSITIVE_INFINITY);
            assertThatThrownBy(trainer::writeCheckpoint)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("'" + WEIGHT + "' has numbers that are infinite or not a number");
            assertThatThrownBy(trainer::save)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(WEIGHT);
            assertThat(new Checkpoints(output).complete()).containsExactly(good);
            assertThat(output.resolve("unet")).doesNotExist();
            assertThat(output.resolve("model_index.json")).doesNotExist();
            assertThat(output.toFile().list())
                    .as("nothing half written stays")
                    .noneMatch(name -> name.startsWith(".tmp-"));
        }
    }

    @Test
    void oneBadStepIsLeftOutAndTheRunGoesOn() {
        try (Trainer trainer = new Trainer(config("out").maxTrainSteps(10).build())) {
            trainer.step();
            float[] before = weight(trainer).toFloatArray();
            gatherInfiniteGradient(TinyRun.parts(trainer).models().unet().weights());
            TrainingHistory.Row bad = trainer.step();
            assertThat(bad.gradientNorm()).isNotFinite();
            assertThat(weight(trainer).toFloatArray()).isEqualTo(before);
            trainer.run();
            assertThat(trainer.history().rows().subList(2, 10))
                    .allSatisfy(row -> assertThat(row.gradientNorm()).isFinite());
            JsonObject state = Json.readObject(trainer.writeCheckpoint().resolve("training_state.json"));
            assertThat(state.get("global_step").getAsInt()).isEqualTo(10);
            assertThat(state.get("applied_steps").getAsInt()).isEqualTo(9);
        }
        assertThat(journal("skipped")).singleElement().satisfies(line -> {
            assertThat(line.get("step").getAsInt()).isEqualTo(2);
            assertThat(line.get("reason").getAsString()).contains("first in the gradient of " + WEIGHT);
        });
        assertThat(directory.resolve("out/unet")).isDirectory();
    }

    /** The weights can be written, but what they give cannot be: JSON has no such number. */
    @Test
    void aCheckpointOfAnOverflowingModelCanBeReadAgain() {
        TrainingConfigBuilder config = config("out").validationSamples(2).keepBestCheckpoint(true);
        try (Trainer trainer = new Trainer(config.build())) {
            add(weight(trainer), Float.MAX_VALUE);
            trainer.step();
            trainer.validate();
            assertThat(trainer.history().validations().get(1).loss()).isNotFinite();
            trainer.writeCheckpoint();
        }
        try (Trainer trainer = new Trainer(config.resumeFromCheckpoint("latest").build())) {
            assertThat(trainer.describe()).startsWith("Going on at step 1");
        }
    }

    @Test
    void float16TrainsLikeFloat32AndKeepsItsLossScale() {
        double[] full = TinyRun.losses(config("full").maxTrainSteps(8));
        Path output = directory.resolve("half");
        try (Trainer trainer = new Trainer(config("half")
                .mixedPrecision(MixedPrecision.FP16)
                .maxTrainSteps(8)
                .build())) {
            List<TrainingHistory.Row> rows = trainer.run().rows();
            for (int i = 0; i < full.length; i++) {
                assertThat(rows.get(i).loss()).isCloseTo(full[i], within(0.02 * full[i]));
            }
            JsonObject state = Json.readObject(trainer.writeCheckpoint().resolve("training_state.json"));
            long skipped = Journal.read(output).stream()
                    .filter(line -> line.get("event").getAsString().equals("skipped"))
                    .count();
            assertThat(state.getAsJsonObject("scaler").get("scale").getAsDouble())
                    .isEqualTo(Math.scalb(65536.0, (int) -skipped));
            assertThat(state.get("applied_steps").getAsLong()).isEqualTo(8 - skipped);
        }
    }
}
