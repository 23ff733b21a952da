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
import dev.text2image.nn.Precision;
import dev.text2image.torch.Torch;
import dev.text2image.training.AutoencoderTrainer;
import dev.text2image.training.LearningRateSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a small autoencoder from nothing: the first half of making a base model. */
@Command(
        name = "train-autoencoder",
        description = "Trains a small autoencoder from random weights, as the first step of making a base model.",
        mixinStandardHelpOptions = true)
final class AutoencoderCommand implements Callable<Integer> {
    @Option(
            names = "--train_data_dir",
            required = true,
            split = ",",
            description = "Image folder or Parquet data set; several with commas between.")
    private List<Path> data = List.of();

    @Option(
            names = "--validation_data_dir",
            split = ",",
            description = "Images that are not trained on, to measure the result with.")
    private List<Path> validationData = List.of();

    @Option(
            names = "--output_dir",
            required = true,
            description = "Where checkpoints and, under vae, the model are written.")
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

    @Option(
            names = "--mixed_precision",
            defaultValue = "no",
            description = "Format of the matrix work, no or bf16 (default: ${DEFAULT-VALUE}).")
    private String mixedPrecision = "no";

    @Option(
            names = "--checkpointing_steps",
            defaultValue = "500",
            description = "Steps between checkpoints, of which two are kept (default: ${DEFAULT-VALUE}).")
    private int checkpointingSteps;

    @Option(
            names = "--resume_from_checkpoint",
            description = "A checkpoint of this run to go on from, or latest for the newest, if there is one.")
    private @Nullable String resumed;

    @Mixin
    private ImageOptions options = new ImageOptions();

    @Override
    public Integer call() {
        AutoencoderKLConfig config = new AutoencoderKLConfig(resolution, 3, 3, 4, channels, 1, 8, 1);
        AutoencoderKLConfig.fromJson(JsonFields.of(output, config.toJson())); // checks the values
        if (resolution % config.downsamplingFactor() != 0) {
            throw new InvalidInputException(
                    "resolution is " + resolution + ", but must be a multiple of " + config.downsamplingFactor() + ".");
        }
        ModelOptions modelOptions = ModelOptions.defaults().withPrecision(precision());
        Path checkpoint = resumed == null
                ? null
                : AutoencoderTrainer.findCheckpoint(output, resumed).orElse(null);
        options.check(Stream.concat(data.stream(), validationData.stream()).toList());
        try (CaptionedDataset images = open(data);
                AutoencoderKL model = model(config, modelOptions, checkpoint)) {
            train(model, images, checkpoint);
            AutoencoderTrainer.Quality quality = AutoencoderTrainer.measure(model, inOrder(images));
            Path saved = output.resolve(AutoencoderTrainer.MODEL_DIRECTORY);
            model.save(saved, 1 / quality.latentDeviation());
            System.out.printf(
                    Locale.ROOT,
                    "Autoencoder: %.2f dB on the training images, scaling factor %.4f, saved in %s%n",
                    quality.decibels(),
                    1 / quality.latentDeviation(),
                    saved);
            reportValidation(model);
        }
        return 0;
    }

    private CaptionedDataset open(List<Path> directories) {
        return CaptionedDataset.concat(directories.stream().map(options::open).toList());
    }

    private Precision precision() {
        Precision precision = Precision.of(mixedPrecision);
        if (precision == Precision.FP16) {
            throw new InvalidInputException(
                    "mixed_precision is fp16, but must be no or bf16: the loss is not scaled here.");
        }
        return precision;
    }

    private AutoencoderKL model(AutoencoderKLConfig config, ModelOptions modelOptions, @Nullable Path checkpoint) {
        if (checkpoint == null) {
            Torch.seed(seed);
            return AutoencoderKL.create(config, modelOptions);
        }
        return AutoencoderKL.fromPretrained(checkpoint.resolve(AutoencoderTrainer.MODEL_DIRECTORY), modelOptions);
    }

    private void train(AutoencoderKL model, CaptionedDataset images, @Nullable Path checkpoint) {
        ImageTransforms mirrored = new ImageTransforms(resolution, true, true, Interpolation.LANCZOS);
        DataLoader loader = new DataLoader(images, mirrored, DataLoader.Options.of(batchSize, seed));
        LearningRateSchedule schedule =
                new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, learningRate, steps / 20, steps);
        try (AutoencoderTrainer trainer = new AutoencoderTrainer(model, loader, schedule, seed)) {
            if (checkpoint != null) {
                trainer.resume(checkpoint);
            }
            trainer.run(output, checkpointingSteps);
        }
    }

    private DataLoader inOrder(CaptionedDataset images) {
        DataLoader.Options options = new DataLoader.Options(batchSize, seed, false, Transparency.DROP, 0);
        return new DataLoader(images, ImageTransforms.centered(resolution), options);
    }

    private void reportValidation(AutoencoderKL model) {
        if (validationData.isEmpty()) {
            return;
        }
        try (CaptionedDataset images = open(validationData)) {
            System.out.printf(
                    Locale.ROOT,
                    "%.2f dB on %d validation images%n",
                    AutoencoderTrainer.measure(model, inOrder(images)).decibels(),
                    images.size());
        }
    }
}
