package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.DataLoader;
import dev.text2image.data.ImageTransforms;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoencoderTrainerTest {
    @Test
    void learnsToGiveImagesBack() {
        AutoencoderKLConfig config = new AutoencoderKLConfig(16, 3, 3, 4, List.of(16, 16), 1, 8, 1);
        Torch.seed(0);
        try (CaptionedDataset all = CaptionedDataset.open(Path.of("../notebooks/data/noto-emoji"));
                AutoencoderKL model =
                        AutoencoderKL.create(config, ModelOptions.defaults().withDevice(Device.cpu()))) {
            DataLoader loader =
                    new DataLoader(all.sample(8, 1), ImageTransforms.centered(16), DataLoader.Options.of(8, 0));
            double before = AutoencoderTrainer.measure(model, loader).decibels();
            LearningRateSchedule schedule = new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, 5e-3, 2, 60);
            try (AutoencoderTrainer trainer = new AutoencoderTrainer(model, loader, schedule, 0)) {
                trainer.run();
            }
            assertThat(AutoencoderTrainer.measure(model, loader).decibels()).isGreaterThan(before + 5);
        }
    }
}
