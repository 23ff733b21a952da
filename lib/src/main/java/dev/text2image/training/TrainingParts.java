package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Leftovers;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What a run consists of, opened in an order in which whatever is cheap to check comes before whatever is slow to load. */
final class TrainingParts implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final PipelineDirectory base;
    private final CLIPTokenizer tokenizer;
    private final TrainingData data;
    private final TrainedModels models;
    private final TrainingState state;
    private final NDManager manager;
    private final RunRecords records;
    private final @Nullable Validation validation;

    /**
     * Opens everything.
     *
     * @throws InvalidInputException if model, data or configuration cannot be used
     */
    TrainingParts(TrainingConfig config) {
        this.base = PipelineDirectory.open(config.modelDirectory());
        checkResolution(config, base.vaeConfig());
        Objective objective = objective(config);
        Leftovers.recover(Path.of(config.outputDir()));
        Path resumed = resumedCheckpoint(config);
        Device device = Torch.device(config.device());
        try {
            this.tokenizer = CLIPTokenizer.load(base.tokenizer());
            this.data = owned(TrainingData.open(config, tokenizer));
            if (config.allowTf32() && device.isGpu()) {
                Torch.allowTf32(true);
            }
            ModelOptions options = ModelOptions.defaults().withDevice(device).withPrecision(config.mixedPrecision());
            this.models = owned(TrainedModels.load(base, resumed, config, options));
            CaptionedDataset heldOut = data.validationImages();
            this.validation =
                    heldOut == null ? null : owned(new Validation(heldOut, tokenizer, models, objective, config));
            data.fillCaches(models, base);
            this.state = owned(new TrainingState(models, config, resumed));
            this.manager = owned(Torch.newManager(device));
            this.records = owned(new RunRecords(config, device, state.step()));
        } catch (RuntimeException e) {
            close(e);
            throw e;
        }
    }

    private <T extends AutoCloseable> T owned(T part) {
        opened.push(part);
        return part;
    }

    /** Refuses images that the autoencoder cannot encode. */
    static void checkResolution(TrainingConfig config, AutoencoderKLConfig vae) {
        int factor = vae.downsamplingFactor();
        if (config.resolution() % factor != 0) {
            throw new InvalidInputException("resolution is " + config.resolution() + ", but must be a multiple of "
                    + factor + " for this model's VAE.");
        }
    }

    private static @Nullable Path resumedCheckpoint(TrainingConfig config) {
        String wanted = config.resumeFromCheckpoint();
        Path found = wanted == null
                ? null
                : new Checkpoints(Path.of(config.outputDir())).find(wanted).orElse(null);
        if (found != null) {
            TrainingState.checkSameRun(found, config);
        }
        return found;
    }

    /** What the UNet is trained towards; it may change while a run goes on. */
    Objective objective(TrainingConfig config) {
        return Objective.of(config, trainedScheduler(config));
    }

    /** The base model's scheduler with what this run changes about it. */
    SchedulerConfig trainedScheduler(TrainingConfig config) {
        return SchedulerChanges.of(config).applyTo(SchedulerConfig.fromJson(base.schedulerConfig()));
    }

    PipelineDirectory base() {
        return base;
    }

    CLIPTokenizer tokenizer() {
        return tokenizer;
    }

    TrainingData data() {
        return data;
    }

    TrainedModels models() {
        return models;
    }

    TrainingState state() {
        return state;
    }

    NDManager manager() {
        return manager;
    }

    RunRecords records() {
        return records;
    }

    @Nullable
    Validation validation() {
        return validation;
    }

    private void close(RuntimeException cause) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        RuntimeException failure = new IllegalStateException("A part of the run could not be closed.");
        close(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
