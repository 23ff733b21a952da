package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.DataLoader;
import dev.text2image.data.ImageTransforms;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Precision;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoencoderTrainerTest {
    private static final AutoencoderKLConfig CONFIG = new AutoencoderKLConfig(16, 3, 3, 4, List.of(16, 16), 1, 8, 1);
    private static final ModelOptions OPTIONS = ModelOptions.defaults().withDevice(Device.cpu());

    @TempDir
    Path directory;

    private final CaptionedDataset images =
            CaptionedDataset.open(Path.of("../notebooks/data/noto-emoji")).sample(8, 1);

    @Test
    void learnsToGiveImagesBack() {
        DataLoader loader = loader(8, 0);
        try (AutoencoderKL model = newModel()) {
            double before = AutoencoderTrainer.measure(model, loader).decibels();
            try (AutoencoderTrainer trainer = trainer(model, loader, 60)) {
                trainer.run(directory, 100);
            }
            assertThat(AutoencoderTrainer.measure(model, loader).decibels()).isGreaterThan(before + 5);
        }
    }

    @Test
    void aResumedRunGivesTheSameBits() {
        DataLoader loader = loader(3, 4); // three batches an epoch, so that step 4 is within the second
        Map<String, float[]> whole;
        try (AutoencoderKL model = newModel();
                AutoencoderTrainer trainer = trainer(model, loader, 6)) {
            trainer.run(directory, 2);
            whole = values(model);
        }
        Path checkpoint =
                AutoencoderTrainer.findCheckpoint(directory, "checkpoint-4").orElseThrow();
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(checkpoint.resolve("vae"), OPTIONS);
                AutoencoderTrainer trainer = trainer(model, loader, 6)) {
            trainer.resume(checkpoint);
            trainer.run(directory, 100);
            assertThat(values(model)).usingRecursiveComparison().isEqualTo(whole);
        }
    }

    @Test
    void aCheckpointOfAnotherRunIsRefused() {
        try (AutoencoderKL model = newModel()) {
            try (AutoencoderTrainer trainer = trainer(model, loader(8, 0), 2)) {
                trainer.run(directory, 1);
            }
            Path checkpoint =
                    AutoencoderTrainer.findCheckpoint(directory, "latest").orElseThrow();
            try (AutoencoderTrainer longer = trainer(model, loader(8, 0), 3)) {
                assertThatThrownBy(() -> longer.resume(checkpoint))
                        .isInstanceOf(InvalidInputException.class)
                        .hasMessageContainingAll("checkpoint-2", "\"max_train_steps\":2", "\"max_train_steps\":3");
            }
        }
    }

    private DataLoader loader(int batchSize, long seed) {
        return new DataLoader(images, ImageTransforms.centered(16), DataLoader.Options.of(batchSize, seed));
    }

    private static AutoencoderKL newModel() {
        Torch.seed(0);
        return AutoencoderKL.create(CONFIG, OPTIONS);
    }

    private static AutoencoderTrainer trainer(AutoencoderKL model, DataLoader loader, int steps) {
        var schedule = new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, 5e-3, 2, steps);
        return new AutoencoderTrainer(model, loader, schedule, 0, Precision.FP32);
    }

    private static Map<String, float[]> values(AutoencoderKL model) {
        return model.weights().tensors().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().toFloatArray()));
    }
}
