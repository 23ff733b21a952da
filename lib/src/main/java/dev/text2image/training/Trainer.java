package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Leftovers;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Torch;
import dev.text2image.trackers.RunEvent;
import dev.text2image.training.config.ConfigChanges;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.parallel.DataParallel;
import dev.text2image.training.parallel.MicroBatch;
import dev.text2image.training.parallel.ProcessGroup;
import dev.text2image.training.parallel.Replica;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.planning.TrainingEstimate;
import dev.text2image.training.planning.TrainingPlan;
import dev.text2image.training.records.Checkpoints;
import dev.text2image.training.records.RunPrecision;
import dev.text2image.training.records.RunRecords;
import dev.text2image.training.records.TrainingHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning run (diffusers, train_text_to_image.py), one optimizer step at a time or to its end.
 *
 * <p>A run that is stopped between two steps, by an interrupt or otherwise, can go on: with the same object, or with a new one from
 * its last checkpoint. Both give the weights that an uninterrupted run gives. What is written on the way is described in
 * {@link dev.text2image.trackers}.
 */
public final class Trainer implements AutoCloseable {
    private static final int MAX_SKIPPED_IN_A_ROW = 5;
    /** As diffusers' script samples its validation prompts. */
    private static final int VALIDATION_INFERENCE_STEPS = 20;

    private final Resources resources = new Resources();
    private final Trainable<?> trainable;
    private final DataParallel<?> replicas;
    private final TrainingState state;
    private final NDManager manager;
    private final RunRecords records;
    /** Whether this process writes what the run leaves behind. */
    private final boolean writes;

    private TrainingConfig config;
    private TrainingPlan plan;
    private LearningRateSchedule schedule;
    private int skippedInARow;

    /**
     * Loads data and models to fine-tune a UNet, with its text encoder or without; everything that can be checked without weights is
     * checked before.
     *
     * @param config the hyper-parameters
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    public Trainer(TrainingConfig config) {
        this(config, (same, precision, resumed) -> new TextToImage(same, precision, resumed, null));
    }

    /**
     * Loads data and models of a run that was estimated just before; its images are not checked again.
     *
     * @param config the hyper-parameters
     * @param estimate the estimate of these hyper-parameters
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    public Trainer(TrainingConfig config, TrainingEstimate estimate) {
        this(config, (same, precision, resumed) -> new TextToImage(same, precision, resumed, estimate.data()));
    }

    /**
     * Loads what is trained.
     *
     * @param config the hyper-parameters
     * @param opener opens data and models
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    public Trainer(TrainingConfig config, Trainable.Opener opener) {
        this(config, config.devices(), ProcessGroup.ALONE, opener);
    }

    /**
     * Loads data and models of a run that several processes train together. All of them make the same steps; the first one measures the
     * validation loss, draws validation prompts, and writes checkpoints, records and the result.
     *
     * @param config the hyper-parameters, the same in all processes, as many of which {@code processes()} gives
     * @param data what a check found in the data
     * @param device where this process computes
     * @param processes the processes
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    public Trainer(TrainingConfig config, DataCheck data, Device device, ProcessGroup processes) {
        this(
                config,
                List.of(device),
                processes,
                (same, precision, resumed) -> new TextToImage(same, precision, resumed, data, List.of(device)));
    }

    private Trainer(TrainingConfig config, List<Device> devices, ProcessGroup processes, Trainable.Opener opener) {
        if (config.processes() != devices.size() * processes.size()) {
            throw new IllegalArgumentException("num_processes is " + config.processes() + ", but the run has "
                    + processes.size() + " processes with " + devices.size() + " devices each.");
        }
        this.config = config;
        this.writes = processes.rank() == 0;
        if (writes) {
            Leftovers.recover(Path.of(config.outputDir()));
        }
        Path resumed = resumedCheckpoint(config);
        RunPrecision format = RunPrecision.of(config.mixedPrecision(), devices.get(0), resumed);
        format.warning().ifPresent(System.err::println);
        Precision precision = format.precision();
        try {
            this.trainable = resources.add(opener.open(config, precision, resumed));
            this.state = resources.add(new TrainingState(trainable.trained(), config, precision, resumed));
            this.replicas = replicas(trainable, devices, processes);
            this.manager = resources.add(Torch.newManager(devices.size() > 1 ? Device.cpu() : trainable.device()));
            this.records = resources.add(new RunRecords(config, trainable.device(), precision, state.step(), writes));
            this.plan = TrainingPlan.of(config, trainable.batchesPerEpoch());
            this.schedule = config.learningRateSchedule(plan.totalSteps());
        } catch (RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    private <B extends MicroBatch<B>> DataParallel<B> replicas(
            Trainable<B> first, List<Device> devices, ProcessGroup processes) {
        List<Replica<B>> others = new ArrayList<>();
        for (Device device : devices.subList(1, devices.size())) {
            others.add(resources.add(first.replica(device)));
        }
        return resources.add(new DataParallel<>(first, first::batch, others, processes));
    }

    private static @Nullable Path resumedCheckpoint(TrainingConfig config) {
        String wanted = config.resumeFromCheckpoint();
        Path found = wanted == null
                ? null
                : new Checkpoints(Path.of(config.outputDir())).find(wanted).orElse(null);
        if (found != null) {
            Checkpoints.checkSameRun(found, config);
        }
        return found;
    }

    /**
     * Changes hyper-parameters of a run that has started, for example its learning rate, its length or its validation prompts. They
     * hold from the next step on and are saved in the next checkpoint.
     *
     * @param changed the configuration, made by {@code config().toBuilder()}
     * @throws InvalidInputException naming the hyper-parameters that differ and are fixed once a run has started
     */
    public void reconfigure(TrainingConfig changed) {
        ConfigChanges.checkReconfigured(config, changed);
        config = changed;
        plan = TrainingPlan.of(config, trainable.batchesPerEpoch());
        schedule = config.learningRateSchedule(plan.totalSteps());
        trainable.reconfigure(config);
    }

    /**
     * Returns the hyper-parameters.
     *
     * @return those of the next step
     */
    public TrainingConfig config() {
        return config;
    }

    /**
     * Trains to the end of the run, writes checkpoints on the way and the fine-tuned model at the end.
     *
     * @return what happened in each step
     * @throws java.util.concurrent.CancellationException if the thread was interrupted; the run can go on
     * @throws InvalidInputException if the loss or the gradients were not finite several times in a row
     */
    public TrainingHistory run() {
        try (Progress progress = Progress.start("train", plan.totalSteps() - state.step())) {
            while (state.step() < plan.totalSteps()) {
                TrainingHistory.Row row = step();
                progress.step(note(row));
            }
        } catch (RuntimeException e) {
            records.stopped(state.step(), e);
            throw e;
        }
        if (writes) {
            save();
            records.add(new RunEvent.Finished(state.step()));
        } else {
            state.checkFinite();
        }
        return history();
    }

    private String note(TrainingHistory.Row row) {
        String left = history()
                .timeLeft(plan.totalSteps() - state.step())
                .map(time -> String.format(Locale.ROOT, ", %d:%02d min left", time.toMinutes(), time.toSecondsPart()))
                .orElse("");
        return String.format(Locale.ROOT, "loss %.4f, lr %.2e%s", row.loss(), row.learningRate(), left);
    }

    /**
     * Runs one optimizer step, then validates and writes a checkpoint where they are due.
     *
     * @return what happened
     * @throws InvalidInputException if the loss or the gradients were not finite several times in a row
     */
    public TrainingHistory.Row step() {
        int number = state.step();
        if (number == 0 && history().validations().isEmpty()) {
            measureValidationLoss();
        }
        long start = System.nanoTime();
        TrainingHistory.Row row = update(number, accumulate(number), start);
        records.add(row, config.useEma());
        if (validationIsDue()) {
            validate();
        }
        if (state.step() % config.checkpointingSteps() == 0) {
            if (writes) {
                writeCheckpoint();
            } else {
                state.checkFinite(); // so that all processes end for the same reason
            }
        }
        return row;
    }

    /** Changes the weights by the gathered gradients, unless they are not finite. */
    private TrainingHistory.Row update(int step, DoubleSupplier known, long start) {
        boolean complete = false;
        try {
            float norm = state.gradientNorm(); // waits for all that was queued on a GPU, and so for the loss too
            double loss = known.getAsDouble();
            double rate = schedule.at(state.appliedSteps());
            double decay = 0;
            if (Double.isFinite(loss) && Float.isFinite(norm)) {
                skippedInARow = 0;
                decay = state.apply(
                        prefix -> prefix.equals(TrainedModels.TEXT_PREFIX) ? config.textEncoderRate(rate) : rate,
                        norm,
                        config.maxGradNorm());
            } else {
                skip(loss, norm);
            }
            complete = true;
            return new TrainingHistory.Row(
                    state.step(), plan.epochOf(step), loss, rate, norm, decay, (System.nanoTime() - start) / 1e9);
        } finally {
            if (!complete) {
                replicas.forget(); // no later step adds to these gradients
            }
        }
    }

    /** Gathers the gradients of an optimizer step and returns its loss, as it will be known. */
    private DoubleSupplier accumulate(int step) {
        int first = plan.firstBatchOf(step);
        int divisor = plan.divisorOf(step);
        List<DoubleSupplier> losses = new ArrayList<>();
        boolean complete = false;
        try {
            replicas.startStep();
            for (int i = 0; i < plan.groupSizeOf(step); i++) {
                losses.add(microBatch(plan.epochOf(step), first + i, divisor));
            }
            DoubleSupplier loss = replicas.finishStep(() -> losses.stream()
                    .mapToDouble(one -> one.getAsDouble() / divisor)
                    .sum());
            complete = true;
            return loss;
        } finally {
            if (!complete) {
                replicas.forget(); // the step starts anew when the run goes on
            }
        }
    }

    private DoubleSupplier microBatch(int epoch, int index, int divisor) {
        try (NDManager scratch = manager.newSubManager()) {
            return replicas.backward(scratch, epoch, index, state.lossScale() / divisor);
        }
    }

    private void skip(double loss, float norm) {
        String place = state.firstNonFinite().map(", first in the "::concat).orElse("");
        String reason = "loss " + loss + ", gradient norm " + norm + place;
        boolean scaleFalls = state.skip();
        records.add(new RunEvent.StepSkipped(state.step(), reason));
        skippedInARow = scaleFalls ? 0 : skippedInARow + 1;
        if (skippedInARow >= MAX_SKIPPED_IN_A_ROW) {
            throw new InvalidInputException("The loss or the gradients were not finite " + skippedInARow
                    + " steps in a row, last at step " + state.step() + " (" + reason
                    + "); lower learning_rate, and resume from the last checkpoint.");
        }
    }

    private boolean validationIsDue() {
        Integer steps = config.validationSteps();
        if (steps != null) {
            return state.step() % steps == 0;
        }
        boolean epochEnds = state.step() % plan.stepsPerEpoch() == 0;
        return epochEnds && plan.epochOf(state.step() - 1) % config.validationEpochs() == 0;
    }

    /**
     * Measures the loss on the validation images and draws the validation prompts, as far as the run has any.
     */
    public void validate() {
        measureValidationLoss();
        drawValidationPrompts();
    }

    private void measureValidationLoss() {
        if (!writes) {
            return;
        }
        trainable.validate(state.step(), state::samplingWeights).ifPresent(result -> {
            state.setValidationLoss(result);
            records.add(result);
        });
    }

    private void drawValidationPrompts() {
        if (!writes || config.validationPrompts().isEmpty()) {
            return;
        }
        GenerationRequest request = GenerationRequest.of(config.validationPrompts())
                .numInferenceSteps(VALIDATION_INFERENCE_STEPS)
                .promptWeighting(config.weightedCaptions())
                .seed(config.seed())
                .height(config.resolution())
                .width(config.resolution())
                .build();
        trainable
                .pipeline(state::samplingWeights)
                .ifPresent(pipeline -> records.add(state.step(), pipeline.generate(request)));
        trainable.freeUnused();
    }

    /**
     * Writes a checkpoint of the present state now.
     *
     * @return its directory
     * @throws InvalidInputException if a weight is not finite
     */
    public Path writeCheckpoint() {
        if (config.keepBestCheckpoint() && !state.hasValidationLoss()) {
            measureValidationLoss();
        }
        records.flush(); // first, so that a run that is killed now goes on with its history
        Path written = new Checkpoints(Path.of(config.outputDir()))
                .write(
                        state.step(),
                        config.checkpointsTotalLimit(),
                        config.keepBestCheckpoint(),
                        directory -> state.write(directory, config));
        records.add(new RunEvent.CheckpointWritten(state.step(), written));
        records.flush();
        return written;
    }

    /**
     * Writes the fine-tuned model in diffusers layout to the output directory, with averaged weights if there are any. What was not
     * trained is copied from the base model, bit by bit.
     *
     * @return the model's directory
     * @throws InvalidInputException if a weight is not finite
     */
    public Path save() {
        state.checkFinite();
        Path saved = trainable.save(state::finalWeights);
        records.flush();
        return saved;
    }

    /**
     * Returns a pipeline that samples with the present weights, averaged if there is an average.
     *
     * @return the pipeline; it is valid until the next step
     * @throws IllegalStateException if what is trained makes no images by itself
     */
    public StableDiffusionPipeline pipeline() {
        return pipeline(state::samplingWeights);
    }

    /**
     * Returns a pipeline that samples with the present weights themselves, as the last step left them, to see what their average does.
     *
     * @return the pipeline; it is valid until the next step
     * @throws IllegalStateException if what is trained makes no images by itself
     */
    public StableDiffusionPipeline pipelineWithoutEma() {
        return pipeline(TrainedWeights::weights);
    }

    private StableDiffusionPipeline pipeline(Function<TrainedWeights, Weights> choice) {
        return trainable
                .pipeline(choice)
                .orElseThrow(() -> new IllegalStateException("What this run trains makes no images by itself."));
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
        return records.history();
    }

    /**
     * Describes the run in a few lines, for the console.
     *
     * @return data, steps and sizes
     */
    public String describe() {
        int leftOut = trainable.leftOut();
        return String.format(
                Locale.ROOT,
                "%s at step %d: %,d images%s, %d optimizer steps (%d epochs) of %d x %d images%s, %,d parameters to train",
                state.step() > 0 ? "Going on" : "Starting",
                state.step(),
                trainable.images(),
                leftOut == 0 ? "" : " (" + leftOut + " broken ones left out)",
                plan.totalSteps(),
                plan.epochs(),
                config.gradientAccumulationSteps(),
                config.globalBatchSize(),
                config.processes() == 1 ? "" : ", shared by " + config.processes() + " replicas",
                state.parameterCount());
    }

    /** What is trained, for tests. */
    Trainable<?> trainable() {
        return trainable;
    }

    /** The weights that the run is for, for tests. */
    Weights finalWeights(TrainedWeights part) {
        return state.finalWeights(part);
    }

    /** What gathers the gradients, for tests. */
    DataParallel<?> replicas() {
        return replicas;
    }

    /** Parent of everything that a step makes, for tests. */
    NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        resources.close();
    }
}
