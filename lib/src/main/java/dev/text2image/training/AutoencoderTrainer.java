package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.text2image.data.Batch;
import dev.text2image.data.Batches;
import dev.text2image.data.DataLoader;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.nn.ForwardPass;
import dev.text2image.nn.Precision;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Trains an autoencoder to give images back, for models that are made from nothing.
 *
 * <p>The loss is the mean absolute plus the mean squared error of the pixels, plus a little of the divergence of the latents from a
 * standard normal distribution (Rombach et al., 2022, section 3.1, without the perceptual and the adversarial terms).
 */
public final class AutoencoderTrainer implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def latents(self, moments: Tensor, noise: Tensor) -> List[Tensor]:
              halves = torch.chunk(moments, 2, 1)
              deviation = torch.exp(torch.mul(torch.clamp(halves[1], -30.0, 20.0), 0.5))
              return [torch.add(halves[0], torch.mul(deviation, noise))]
            def losses(self, decoded: Tensor, pixels: Tensor, moments: Tensor, weight: float) -> List[Tensor]:
              difference = torch.sub(decoded, pixels)
              squared = torch.mean(torch.square(difference))
              halves = torch.chunk(moments, 2, 1)
              logvar = torch.clamp(halves[1], -30.0, 20.0)
              spread = torch.sub(torch.sub(torch.exp(logvar), logvar), 1.0)
              divergence = torch.mean(torch.add(torch.square(halves[0]), spread))
              reconstruction = torch.add(torch.mean(torch.abs(difference)), squared)
              return [torch.add(reconstruction, torch.mul(divergence, weight)), squared]
            """);

    /** Where a checkpoint has the model. */
    public static final String MODEL_DIRECTORY = "vae";

    private static final String RUN = "run";
    private static final int KEPT_CHECKPOINTS = 2;
    private static final double DIVERGENCE_WEIGHT = 1e-6;
    private static final double MAX_NORM = 1;

    private final AutoencoderKL model;
    private final DataLoader loader;
    private final LearningRateSchedule schedule;
    private final long seed;
    private final Precision precision;
    private final AdamW optimizer;
    private int step;

    /**
     * Prepares a run.
     *
     * @param model the model, whose weights are changed in place
     * @param loader the images
     * @param schedule the learning rate over the whole run
     * @param seed what the noise depends on
     * @param precision the number format that the model was loaded with, to be noted in checkpoints
     */
    public AutoencoderTrainer(
            AutoencoderKL model, DataLoader loader, LearningRateSchedule schedule, long seed, Precision precision) {
        this.model = model;
        this.loader = loader;
        this.schedule = schedule;
        this.seed = seed;
        this.precision = precision;
        model.weights().requireGradients(true);
        this.optimizer = new AdamW(model.weights(), AdamW.Settings.defaults());
    }

    /**
     * Goes on from a checkpoint: what follows has the same bits as in a run that was not stopped.
     *
     * @param checkpoint a directory that {@link #run} wrote; the model must have been loaded from its {@code vae}
     * @throws InvalidInputException naming what differs from the run that wrote it
     */
    public void resume(Path checkpoint) {
        JsonFields saved = JsonFields.read(checkpoint.resolve(Checkpoints.STATE_FILE));
        JsonObject before =
                Json.readObject(checkpoint.resolve(Checkpoints.STATE_FILE)).getAsJsonObject(RUN);
        if (!describe().equals(before)) {
            throw new InvalidInputException("The run cannot go on from " + checkpoint + ", which is of a run with "
                    + before + ", not " + describe() + ". Use the same values, or another output_dir.");
        }
        optimizer.read(checkpoint.resolve(TrainingState.OPTIMIZER_FILE));
        step = saved.integer("global_step");
    }

    /** What data order, noise and learning rates follow from. */
    private JsonObject describe() {
        JsonObject run = new JsonObject();
        run.addProperty("seed", seed);
        run.addProperty("batches_per_epoch", loader.batchesPerEpoch());
        run.addProperty("learning_rate", schedule.learningRate());
        run.addProperty("max_train_steps", schedule.totalSteps());
        return run;
    }

    /**
     * Trains to the end of the schedule and leaves checkpoints on the way, of which the newest two are kept.
     *
     * @param outputDirectory where {@code checkpoint-N} directories go
     * @param checkpointingSteps steps between them
     * @throws InvalidInputException if the loss is not finite
     */
    public void run(Path outputDirectory, int checkpointingSteps) {
        Checkpoints checkpoints = new Checkpoints(outputDirectory);
        try (Progress progress = Progress.start("train autoencoder", schedule.totalSteps() - step);
                NDManager manager = Torch.newManager(model.device())) {
            while (step < schedule.totalSteps()) {
                int epoch = step / loader.batchesPerEpoch();
                try (Batches batches = loader.batches(manager, epoch, step % loader.batchesPerEpoch())) {
                    while (step < schedule.totalSteps() && batches.hasNext()) {
                        double error;
                        try (Batch batch = batches.next()) {
                            error = step(manager, batch.pixelValues());
                        }
                        if (step % checkpointingSteps == 0) {
                            checkpoints.write(step, KEPT_CHECKPOINTS, false, this::write);
                        }
                        progress.step(String.format(Locale.ROOT, "psnr %.2f dB", decibels(error)));
                    }
                }
            }
        }
    }

    private void write(Path directory) {
        model.save(directory.resolve(MODEL_DIRECTORY));
        optimizer.write(directory.resolve(TrainingState.OPTIMIZER_FILE));
        JsonObject state = new JsonObject();
        state.addProperty("global_step", step);
        state.addProperty(RunPrecision.FIELD, precision.flagName());
        state.add(RUN, describe());
        Json.write(directory.resolve(Checkpoints.STATE_FILE), state);
    }

    /**
     * Finds a checkpoint to go on from.
     *
     * @param outputDirectory the run's output directory
     * @param wanted latest, a checkpoint's name, or a path
     * @return the checkpoint; empty for latest if there is none yet
     * @throws InvalidInputException if the named one is missing or not complete
     */
    public static Optional<Path> findCheckpoint(Path outputDirectory, String wanted) {
        return new Checkpoints(outputDirectory).find(wanted);
    }

    /** Trains on one batch and returns the mean squared error of its pixels, on the scale [-1, 1]. */
    private double step(NDManager manager, NDArray pixels) {
        Torch.seed(RunRandom.seed(seed, step));
        double squared;
        try (NDManager scratch = manager.newSubManager();
                Autograd.Scope recording = Autograd.record();
                ForwardPass encoded = model.trainEncoder(scratch, pixels)) {
            NDArray moments = encoded.output();
            Shape shape = moments.getShape();
            NDArray noise = scratch.randomNormal(new Shape(shape.get(0), shape.get(1) / 2, shape.get(2), shape.get(3)));
            NDArray latents = SCRIPT.call(scratch, "latents", moments, noise).singletonOrThrow();
            try (ForwardPass decoded = model.trainDecoder(scratch, latents)) {
                NDList losses = SCRIPT.call(scratch, "losses", decoded.output(), pixels, moments, DIVERGENCE_WEIGHT);
                squared = losses.get(1).getFloat();
                decoded.backward(losses.get(0));
            }
        }
        if (!Double.isFinite(squared)) {
            throw new InvalidInputException("The loss of the autoencoder is not finite at step " + step
                    + "; use a lower learning rate than " + schedule.learningRate() + ".");
        }
        optimizer.step(schedule.at(step), optimizer.gradientNorm(), MAX_NORM);
        step++;
        return squared;
    }

    /**
     * Measures how well images are given back, from the mean of their latents.
     *
     * @param model the model
     * @param loader the images, not shuffled
     * @return the peak signal-to-noise ratio over all pixels in dB, and the standard deviation of the latents
     */
    public static Quality measure(AutoencoderKL model, DataLoader loader) {
        double squared = 0;
        double latentSquared = 0;
        long pixelCount = 0;
        long latentCount = 0;
        try (NDManager manager = Torch.newManager(model.device());
                Autograd.Scope pause = Autograd.pause();
                Batches batches = loader.batches(manager, 0, 0)) {
            while (batches.hasNext()) {
                Progress.checkInterrupted();
                try (NDManager scratch = manager.newSubManager();
                        Batch batch = batches.next()) {
                    NDArray pixels = batch.pixelValues();
                    pixels.attach(scratch);
                    NDArray latents = model.encode(pixels).mean();
                    NDArray difference = model.decode(latents).clip(-1, 1).sub(pixels);
                    squared += difference.square().sum().getFloat();
                    latentSquared += latents.square().sum().getFloat();
                    pixelCount += pixels.size();
                    latentCount += latents.size();
                }
            }
        }
        return new Quality(decibels(squared / pixelCount), Math.sqrt(latentSquared / latentCount));
    }

    /** Of an error on the scale [-1, 1], whose peak is 2. */
    private static double decibels(double squaredError) {
        return 10 * Math.log10(4 / squaredError);
    }

    /**
     * How good an autoencoder is.
     *
     * @param decibels peak signal-to-noise ratio of the images
     * @param latentDeviation root mean square of the latents; its inverse is the model's scaling factor
     */
    public record Quality(double decibels, double latentDeviation) {}

    @Override
    public void close() {
        model.weights().requireGradients(false);
        optimizer.close();
    }
}
