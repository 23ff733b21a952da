package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.evaluation.LatentSpace;
import dev.text2image.evaluation.Pictures;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.optim.LearningRateSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoencoderTrainingTest {
    private static final AutoencoderKLConfig SHAPE = new AutoencoderKLConfig(16, 3, 3, 4, List.of(16, 16), 1, 8, 1);
    private static final ModelOptions OPTIONS = ModelOptions.defaults().withDevice(Device.cpu());

    @TempDir
    Path directory;

    private final CaptionedDataset images =
            CaptionedDataset.open(Path.of("../notebooks/data/noto-emoji")).sample(8, 1);

    @Test
    void learnsToGiveImagesBackAndScalesItsLatents() {
        try (Trainer trainer = trainer(config(8, 1))) {
            trainer.save();
            double before = decibels();
            train(config(8, 60));
            assertThat(decibels()).isGreaterThan(before + 5);
        }
        try (AutoencoderKL saved = saved()) {
            double squares = 0;
            long count = 0;
            for (float[] latents : new LatentSpace(saved).encode(pictures())) {
                for (float value : latents) {
                    squares += value * value;
                    count++;
                }
            }
            assertThat(Math.sqrt(squares / count)).isCloseTo(1, within(1e-4));
        }
    }

    @Test
    void aResumedRunGivesTheSameBits() {
        TrainingConfigBuilder config =
                config(3, 6).checkpointingSteps(2); // three batches an epoch: step 4 is in the second
        Map<String, float[]> whole = train(config);
        assertThat(train(config.resumeFromCheckpoint("checkpoint-4")))
                .usingRecursiveComparison()
                .isEqualTo(whole);
    }

    @Test
    void severalReplicasTrainAsOneDoes() {
        Map<String, float[]> expected = train(config(8, 3));
        Map<String, float[]> found = train(config(4, 3).device("cpu,cpu"));
        // The softmax cancels what is added to all keys: the gradient of their bias is rounding alone, which Adam
        // scales up.
        expected.entrySet().stream()
                .filter(entry -> !entry.getKey().endsWith(".to_k.bias"))
                .forEach(entry -> assertThat(found.get(entry.getKey()))
                        .as(entry.getKey())
                        .containsExactly(entry.getValue(), within(1e-5f)));
    }

    @Test
    void aCheckpointOfAnotherRunIsRefused() {
        train(config(8, 2).checkpointingSteps(1));
        assertThatThrownBy(() -> trainer(config(4, 2).resumeFromCheckpoint("latest")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("checkpoint-2", "train_batch_size was 8 and is 4");
    }

    @Test
    void itDrawsNoImages() {
        try (Trainer trainer = trainer(config(8, 1))) {
            assertThatThrownBy(trainer::pipeline).hasMessage("What this run trains makes no images by itself.");
        }
    }

    private TrainingConfigBuilder config(int batchSize, int steps) {
        return TrainingConfig.builder()
                .outputDir(directory.toString())
                .device("cpu")
                .resolution(16)
                .centerCrop(true)
                .trainBatchSize(batchSize)
                .maxTrainSteps(steps)
                .learningRate(5e-3)
                .lrScheduler(LearningRateSchedule.Kind.COSINE)
                .lrWarmupSteps(2)
                .seed(4);
    }

    private Trainer trainer(TrainingConfigBuilder config) {
        return new Trainer(config.build(), AutoencoderTraining.of(SHAPE, images));
    }

    private Map<String, float[]> train(TrainingConfigBuilder config) {
        try (Trainer trainer = trainer(config)) {
            trainer.run();
        }
        try (AutoencoderKL saved = saved()) {
            return saved.weights().tensors().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().toFloatArray()));
        }
    }

    private AutoencoderKL saved() {
        return AutoencoderKL.fromPretrained(directory.resolve(AutoencoderTraining.FOLDER), OPTIONS);
    }

    private Pictures pictures() {
        return Pictures.read(images, 16);
    }

    private double decibels() {
        try (AutoencoderKL saved = saved()) {
            return LatentSpace.decibels(pictures(), new LatentSpace(saved).reconstruct(pictures()));
        }
    }
}
