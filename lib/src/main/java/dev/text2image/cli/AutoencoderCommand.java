package dev.text2image.cli;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.evaluation.LatentSpace;
import dev.text2image.evaluation.Pictures;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.torch.GraphicsCard;
import dev.text2image.training.AutoencoderTraining;
import dev.text2image.training.Trainer;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.LearningRateSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a small autoencoder from nothing: the first half of making a base model. */
@Command(
        name = "train-autoencoder",
        description = "Trains a small autoencoder from random weights, as the first step of making a base model.")
final class AutoencoderCommand implements Runnable {
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

    @Option(names = "--resolution", description = "Image size in pixels (default: ${DEFAULT-VALUE}).")
    private int resolution = 64;

    @Option(
            names = "--block_out_channels",
            split = ",",
            defaultValue = "32,64,64",
            description = "Channels of each level; all but the last halve the image (default: ${DEFAULT-VALUE}).")
    private List<Integer> channels = List.of();

    @Option(names = "--max_train_steps", description = "Steps (default: ${DEFAULT-VALUE}).")
    private int steps = 1000;

    @Option(names = "--train_batch_size", description = "Images a step (default: ${DEFAULT-VALUE}).")
    private int batchSize = 16;

    @Option(names = "--learning_rate", defaultValue = "1e-3", description = "Peak rate (default: ${DEFAULT-VALUE}).")
    private double learningRate;

    @Option(names = "--seed", description = "Seed of weights, order and noise (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--mixed_precision",
            defaultValue = "no",
            description =
                    "Format of the matrix work, no, bf16, fp16, or auto, what is fastest (default: ${DEFAULT-VALUE}).")
    private MixedPrecision mixedPrecision = MixedPrecision.NO;

    @Option(
            names = "--checkpointing_steps",
            description = "Steps between checkpoints, of which two are kept (default: ${DEFAULT-VALUE}).")
    private int checkpointingSteps = 500;

    @Option(
            names = "--resume_from_checkpoint",
            description = "A checkpoint of this run to go on from, or latest for the newest, if there is one.")
    private @Nullable String resumed;

    @Mixin
    private ImageOptions options = new ImageOptions();

    @Override
    public void run() {
        AutoencoderKLConfig shape = new AutoencoderKLConfig(resolution, 3, 3, 4, channels, 1, 8, 1);
        AutoencoderKLConfig.fromJson(JsonFields.of(output, shape.toJson())); // checks the values
        options.check(Stream.concat(data.stream(), validationData.stream()).toList());
        try (CaptionedDataset images = open(data)) {
            Path saved;
            TrainingConfig config = config();
            GraphicsCard.notes(config.device(), config.processes()).forEach(System.err::println);
            try (Trainer trainer = new Trainer(config, AutoencoderTraining.of(shape, images))) {
                System.out.println(trainer.describe());
                trainer.run();
                saved = output.resolve(AutoencoderTraining.FOLDER);
            }
            report(saved, images);
        }
    }

    private TrainingConfig config() {
        return TrainingConfig.builder()
                .outputDir(output.toString())
                .resolution(resolution)
                .centerCrop(true)
                .randomFlip(true)
                .trainBatchSize(batchSize)
                .maxTrainSteps(steps)
                .learningRate(learningRate)
                .lrScheduler(LearningRateSchedule.Kind.COSINE)
                .lrWarmupSteps(steps / 20)
                .mixedPrecision(mixedPrecision)
                .checkpointingSteps(checkpointingSteps)
                .checkpointsTotalLimit(2)
                .resumeFromCheckpoint(resumed)
                .seed(seed)
                .build();
    }

    private CaptionedDataset open(List<Path> directories) {
        return CaptionedDataset.concat(directories.stream().map(options::open).toList());
    }

    private void report(Path saved, CaptionedDataset images) {
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(saved, ModelOptions.defaults())) {
            System.out.printf(
                    Locale.ROOT,
                    "Autoencoder: %.2f dB on the training images, scaling factor %.4f, saved in %s%n",
                    decibels(model, images),
                    model.config().scalingFactor(),
                    saved);
            if (!validationData.isEmpty()) {
                try (CaptionedDataset others = open(validationData)) {
                    System.out.printf(
                            Locale.ROOT, "%.2f dB on %d validation images%n", decibels(model, others), others.size());
                }
            }
        }
    }

    private double decibels(AutoencoderKL model, CaptionedDataset images) {
        Pictures pictures = Pictures.read(images, resolution);
        return LatentSpace.decibels(pictures, new LatentSpace(model).reconstruct(pictures));
    }
}
