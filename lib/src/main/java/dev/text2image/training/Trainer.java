package dev.text2image.training;

import ai.djl.ndarray.NDManager;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Checkpointing;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.DDPMScheduler;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Schedulers;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning run (diffusers, train_text_to_image.py), one optimizer step at a time or to its end.
 *
 * <p>A run that is stopped between two steps, by an interrupt or otherwise, can go on: with the same object, or with a new one from
 * its last checkpoint. Both give the weights that an uninterrupted run gives.
 */
public final class Trainer implements AutoCloseable {
    private static final int MAX_SKIPPED_IN_A_ROW = 5;
    private static final String HISTORY_FILE = "history.csv";
    private static final String SCHEDULER_FILE = "scheduler_config.json";

    private final TrainingConfig config;
    private final PipelineDirectory base;
    private final CLIPTokenizer tokenizer;
    private final TrainingData data;
    private final TrainingPlan plan;
    private final LearningRateSchedule schedule;
    private final TrainedModels models;
    private final TrainingState state;
    private final TrainingStep trainingStep;
    private final NDManager manager;
    private final Checkpoints checkpoints;
    private final TrainingHistory history;
    private int skippedInARow;

    /**
     * Loads data and models; everything that can be checked without weights is checked before.
     *
     * @param config the hyper-parameters
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    public Trainer(TrainingConfig config) {
        this.config = config;
        this.base = PipelineDirectory.open(Path.of(config.pretrainedModelNameOrPath()));
        checkResolution();
        Path output = Path.of(config.outputDir());
        this.checkpoints = new Checkpoints(output);
        Path resumed = resumedCheckpoint();
        ModelOptions options = ModelOptions.defaults()
                .withDevice(Torch.device(config.device()))
                .withPrecision(config.mixedPrecision());
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            this.tokenizer = CLIPTokenizer.load(base.tokenizer());
            this.data = TrainingData.open(config, tokenizer);
            opened.add(data);
            this.plan = TrainingPlan.of(config, data.batchesPerEpoch());
            this.schedule = new LearningRateSchedule(
                    config.lrScheduler(), config.effectiveLearningRate(), config.lrWarmupSteps(), plan.totalSteps());
            this.models = TrainedModels.load(
                    resumed == null ? base.unet() : resumed.resolve("unet"),
                    base.vae(),
                    resumed == null || !config.trainTextEncoder()
                            ? base.textEncoder()
                            : resumed.resolve("text_encoder"),
                    config,
                    options);
            opened.add(models);
            this.state = new TrainingState(models, config, resumed);
            opened.add(state);
            this.trainingStep = new TrainingStep(
                    models, diffusionLoss(), config.gradientCheckpointing() ? Checkpointing.FULL : Checkpointing.NONE);
            this.manager = Torch.newManager(models.unet().device());
            opened.add(manager);
            Path historyFile = output.resolve(HISTORY_FILE);
            this.history = resumed != null && Files.exists(historyFile)
                    ? TrainingHistory.read(historyFile, state.step())
                    : new TrainingHistory();
        } catch (RuntimeException e) {
            opened.forEach(resource -> close(resource, e));
            throw e;
        }
    }

    private static void close(AutoCloseable resource, RuntimeException cause) {
        try {
            resource.close();
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }

    private void checkResolution() {
        AutoencoderKLConfig vae =
                AutoencoderKLConfig.fromJson(JsonFields.read(base.vae().resolve("config.json")));
        if (config.resolution() % vae.downsamplingFactor() != 0) {
            throw new InvalidInputException("resolution is " + config.resolution() + ", but must be a multiple of "
                    + vae.downsamplingFactor() + " for this model's VAE.");
        }
    }

    private @Nullable Path resumedCheckpoint() {
        String wanted = config.resumeFromCheckpoint();
        Path found = wanted == null ? null : checkpoints.find(wanted).orElse(null);
        if (found != null) {
            TrainingState.checkSameRun(found, config);
        }
        return found;
    }

    private DiffusionLoss diffusionLoss() {
        SchedulerConfig scheduler = SchedulerConfig.fromJson(base.schedulerConfig());
        NoiseSchedule noise = DDPMScheduler.from(scheduler).noiseSchedule();
        return new DiffusionLoss(
                noise,
                config.predictionType() != null ? config.predictionType() : scheduler.predictionType(),
                config.lossWeighting());
    }

    /**
     * Trains to the end of the run, writes checkpoints on the way and the fine-tuned model at the end.
     *
     * @return what happened in each step
     * @throws java.util.concurrent.CancellationException if the thread was interrupted; the run can go on
     */
    public TrainingHistory run() {
        try (Progress progress = Progress.start("train", plan.totalSteps() - state.step())) {
            while (state.step() < plan.totalSteps()) {
                TrainingHistory.Row row = step();
                progress.step(String.format(Locale.ROOT, "loss %.4f, lr %.2e", row.loss(), row.learningRate()));
            }
        }
        save();
        return history;
    }

    /**
     * Runs one optimizer step, and writes a checkpoint where one is due.
     *
     * @return what happened
     * @throws InvalidInputException if the loss or the gradients were not finite several times in a row
     */
    public TrainingHistory.Row step() {
        long start = System.nanoTime();
        int number = state.step();
        int group = plan.groupSizeOf(number);
        int epoch = plan.epochOf(number);
        double loss = accumulate(epoch, plan.firstBatchOf(number), group);
        float norm = state.optimizer().gradientNorm();
        double rate = schedule.at(number);
        double decay = 0;
        if (Double.isFinite(loss) && Float.isFinite(norm)) {
            skippedInARow = 0;
            decay = state.apply(rate, norm, config.maxGradNorm());
        } else {
            skip(number, loss, norm);
        }
        state.countStep();
        TrainingHistory.Row row = new TrainingHistory.Row(
                state.step(), epoch, loss, rate, norm, decay, (System.nanoTime() - start) / 1e9);
        history.add(row);
        if (state.step() % config.checkpointingSteps() == 0) {
            writeCheckpoint();
        }
        return row;
    }

    private double accumulate(int epoch, int first, int group) {
        double loss = 0;
        boolean complete = false;
        try {
            for (int i = 0; i < group; i++) {
                loss += microBatch(epoch, first + i, group) / group;
            }
            complete = true;
            return loss;
        } finally {
            if (!complete) {
                state.optimizer().zeroGradients(); // the step starts anew when the run goes on
            }
        }
    }

    private float microBatch(int epoch, int index, int group) {
        try (NDManager scratch = manager.newSubManager()) {
            MicroBatch batch = data.get(
                    scratch,
                    epoch,
                    index,
                    models.vae().config(),
                    trainingStep.loss().schedule().size());
            return trainingStep.run(scratch, batch, group);
        }
    }

    private void skip(int step, double loss, float norm) {
        state.optimizer().zeroGradients();
        if (++skippedInARow >= MAX_SKIPPED_IN_A_ROW) {
            throw new InvalidInputException("The loss or the gradients were not finite " + skippedInARow
                    + " steps in a row, last at step " + step + " (loss " + loss + ", gradient norm " + norm
                    + "); lower learning_rate, and resume from the last checkpoint.");
        }
    }

    /**
     * Writes a checkpoint of the present state now.
     *
     * @return its directory
     */
    public Path writeCheckpoint() {
        history.write(Path.of(config.outputDir()).resolve(HISTORY_FILE));
        return checkpoints.write(
                state.step(), config.checkpointsTotalLimit(), directory -> state.write(directory, config));
    }

    /**
     * Writes the fine-tuned model in diffusers layout to the output directory, with averaged weights if there are any. What was not
     * trained is copied from the base model, bit by bit.
     *
     * @return the model's directory
     */
    public PipelineDirectory save() {
        Path output = Path.of(config.outputDir());
        Map<String, Consumer<Path>> trained = new HashMap<>();
        trained.put("unet", place -> models.unet().save(place, state.finalWeights(models.unet())));
        if (models.trainsTextEncoder()) {
            trained.put(
                    "text_encoder",
                    place -> models.textEncoder().save(place, state.finalWeights(models.textEncoder())));
        }
        if (config.predictionType() != null) {
            SchedulerConfig changed = scheduler().config();
            trained.put("scheduler", place -> Json.write(place.resolve(SCHEDULER_FILE), changed.toJson()));
        }
        history.write(output.resolve(HISTORY_FILE));
        return base.copyWith(output, trained);
    }

    /**
     * Returns a pipeline that samples with the present weights, averaged if there is an average.
     *
     * @return the pipeline; it is valid as long as this trainer
     */
    public StableDiffusionPipeline pipeline() {
        return StableDiffusionPipeline.of(models.unet(), models.vae(), models.textEncoder(), tokenizer, scheduler())
                .withUnetWeights(state.finalWeights(models.unet()))
                .withTextEncoderWeights(state.finalWeights(models.textEncoder()));
    }

    /** The base model's sampler, for what this run trains the UNet to predict. */
    private Scheduler scheduler() {
        PredictionType prediction = config.predictionType();
        Scheduler sampler = base.scheduler();
        return prediction == null
                ? sampler
                : Schedulers.from(
                        sampler.config().toBuilder().predictionType(prediction).build());
    }

    /**
     * Returns how the run divides into steps.
     *
     * @return the plan
     */
    public TrainingPlan plan() {
        return plan;
    }

    /**
     * Returns what happened so far.
     *
     * @return the history, which grows with each step
     */
    public TrainingHistory history() {
        return history;
    }

    /**
     * Describes the run in a few lines, for the console.
     *
     * @return data, steps and sizes
     */
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%s at step %d: %,d images, %d optimizer steps (%d epochs) of %d x %d images, %,d parameters to train",
                state.step() > 0 ? "Going on" : "Starting",
                state.step(),
                data.size(),
                plan.totalSteps(),
                plan.epochs(),
                config.gradientAccumulationSteps(),
                config.trainBatchSize(),
                models.trainedTensors().values().stream()
                        .mapToLong(tensor -> tensor.size())
                        .sum());
    }

    /** The number of native arrays that the run holds on to, for leak tests. */
    long liveArrays() {
        return manager.getManagedArrays().size();
    }

    @Override
    public void close() {
        state.close();
        models.close();
        data.close();
        manager.close();
    }
}
