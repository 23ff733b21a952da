package dev.text2image.cli;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.DataLoader;
import dev.text2image.data.ImageTransforms;
import dev.text2image.data.Interpolation;
import dev.text2image.data.Transparency;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.torch.Torch;
import dev.text2image.training.AutoencoderTrainer;
import dev.text2image.training.LearningRateSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a small autoencoder from nothing: the first half of making a base model. */
@Command(
        name = "train-autoencoder",
        description = "Trains a small autoencoder from random weights, as the first step of making a base model.",
        mixinStandardHelpOptions = true)
final class AutoencoderCommand implements Callable<Integer> {
    @Option(names = "--train_data_dir", required = true, description = "Image folder or Parquet data set.")
    private Path data = Path.of("");

    @Option(names = "--output_dir", required = true, description = "Where the model is written, for example base/vae.")
    private Path output = Path.of("");

    @Option(
            names = "--resolution",
            defaultValue = "64",
            description = "Image size in pixels (default: ${DEFAULT-VALUE}).")
    private int resolution;

    @Option(
            names = "--block_out_channels",
            split = ",",
            defaultValue = "32,64,64",
            description = "Channels of each level; all but the last halve the image (default: ${DEFAULT-VALUE}).")
    private List<Integer> channels = List.of();

    @Option(names = "--max_train_steps", defaultValue = "1000", description = "Steps (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--train_batch_size",
            defaultValue = "16",
            description = "Images a step (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--learning_rate", defaultValue = "1e-3", description = "Peak rate (default: ${DEFAULT-VALUE}).")
    private double learningRate;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of weights, order and noise (default: 0).")
    private long seed;

    @Override
    public Integer call() {
        AutoencoderKLConfig config = new AutoencoderKLConfig(resolution, 3, 3, 4, channels, 1, 8, 1);
        AutoencoderKLConfig.fromJson(JsonFields.of(output, config.toJson())); // checks the values
        if (resolution % config.downsamplingFactor() != 0) {
            throw new InvalidInputException(
                    "resolution is " + resolution + ", but must be a multiple of " + config.downsamplingFactor() + ".");
        }
        Torch.seed(seed);
        try (CaptionedDataset images = CaptionedDataset.open(data);
                AutoencoderKL model = AutoencoderKL.create(config, ModelOptions.defaults())) {
            ImageTransforms mirrored = new ImageTransforms(resolution, true, true, Interpolation.LANCZOS);
            DataLoader loader = new DataLoader(images, mirrored, DataLoader.Options.of(batchSize, seed));
            LearningRateSchedule schedule =
                    new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, learningRate, steps / 20, steps);
            try (AutoencoderTrainer trainer = new AutoencoderTrainer(model, loader, schedule, seed)) {
                trainer.run();
            }
            report(model, images);
        }
        return 0;
    }

    private void report(AutoencoderKL model, CaptionedDataset images) {
        DataLoader.Options inOrder = new DataLoader.Options(batchSize, seed, false, Transparency.DROP, 0);
        DataLoader loader = new DataLoader(images, ImageTransforms.centered(resolution), inOrder);
        AutoencoderTrainer.Quality quality = AutoencoderTrainer.measure(model, loader);
        model.save(output, 1 / quality.latentDeviation());
        System.out.printf(
                Locale.ROOT,
                "Autoencoder: %.2f dB on the training images, scaling factor %.4f, saved in %s%n",
                quality.decibels(),
                1 / quality.latentDeviation(),
                output);
    }
}
