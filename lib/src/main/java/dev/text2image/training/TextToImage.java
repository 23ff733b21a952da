package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.io.Json;
import dev.text2image.lora.LoraAdapters;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.lora.LoraWriter;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.parallel.Replica;
import dev.text2image.training.planning.BaseModel;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.planning.RunImages;
import dev.text2image.training.records.ValidationResult;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A UNet, with its text encoder or without, trained on captioned images (diffusers, train_text_to_image.py). */
final class TextToImage implements Trainable<TextToImageBatch> {
    private static final String SCHEDULER_FILE = "scheduler_config.json";

    private final Resources resources = new Resources();
    private final PipelineDirectory base;
    private final CLIPTokenizer tokenizer;
    private final TrainingData data;
    private final Function<Device, TrainedModels> modelsOn;
    private final TrainedModels models;
    private final BatchAhead ahead;
    private final @Nullable Validation validation;
    private TrainingConfig config;
    private TrainingStep step;

    /**
     * Opens everything, see {@link Trainable.Opener}.
     *
     * @param known what a check found in the data before, or null to check them now
     */
    TextToImage(TrainingConfig config, Precision precision, @Nullable Path checkpoint, @Nullable DataCheck known) {
        this(config, precision, checkpoint, known, config.devices());
    }

    /** The same on devices that the configuration need not name. */
    TextToImage(
            TrainingConfig config,
            Precision precision,
            @Nullable Path checkpoint,
            @Nullable DataCheck known,
            List<Device> devices) {
        this.config = config;
        RunImages.checkNames(config);
        this.base = BaseModel.open(config);
        base.vaeConfig().checkResolution(config.resolution());
        Objective objective = objective(config);
        Device device = devices.get(0);
        try {
            this.tokenizer = CLIPTokenizer.load(base.tokenizer());
            this.data = resources.add(TrainingData.open(config, tokenizer, known));
            if (config.allowTf32() && device.isGpu()) {
                Torch.allowTf32(true);
            }
            this.modelsOn = any -> TrainedModels.load(base, checkpoint, config, precision, any);
            this.models = resources.add(modelsOn.apply(device));
            CaptionedDataset heldOut = data.validationImages();
            this.validation = heldOut == null
                    ? null
                    : resources.add(new Validation(heldOut, tokenizer, models, objective, config));
            data.openCaches(models, precision, base);
            this.step = step(objective);
            int timesteps = objective.loss().schedule().size();
            Device wanted = devices.size() > 1 ? Device.cpu() : device;
            this.ahead = resources.add(
                    new BatchAhead(wanted, (owner, place) -> data.get(owner, place, models.vaeConfig(), timesteps)));
        } catch (RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    private TrainingStep step(Objective objective) {
        return new TrainingStep(models, data.caches(), objective, config.gradientCheckpointing());
    }

    private Objective objective(TrainingConfig changed) {
        return changed.objective(trainedScheduler(changed));
    }

    /** The base model's scheduler with what the run changes about it. */
    private SchedulerConfig trainedScheduler(TrainingConfig changed) {
        return changed.schedulerChanges().applyTo(SchedulerConfig.fromJson(base.schedulerConfig()));
    }

    TrainingData data() {
        return data;
    }

    TrainedModels models() {
        return models;
    }

    @Override
    public Device device() {
        return models.unet().device();
    }

    @Override
    public List<TrainedWeights> trained() {
        return models.trained();
    }

    @Override
    public int images() {
        return data.size();
    }

    @Override
    public int leftOut() {
        return data.leftOut();
    }

    @Override
    public int batchesPerEpoch() {
        return data.batchesPerEpoch();
    }

    @Override
    public TextToImageBatch batch(NDManager scratch, int epoch, int index) {
        long place = (long) epoch * batchesPerEpoch() + index;
        data.encode(models, place);
        return ahead.get(scratch, place, data.isEncoded(place + 1));
    }

    @Override
    public DoubleSupplier backward(NDManager scratch, TextToImageBatch batch, double gradientScale) {
        return step.run(scratch, batch, gradientScale);
    }

    @Override
    public Replica<TextToImageBatch> replica(Device device) {
        return new Elsewhere(modelsOn.apply(device));
    }

    /** The same on another device, with the objective that the run has at present. */
    private final class Elsewhere implements Replica<TextToImageBatch> {
        private final TrainedModels copies;
        private final List<Weights> weights;

        Elsewhere(TrainedModels copies) {
            this.copies = copies;
            this.weights =
                    copies.trained().stream().map(TrainedWeights::weights).toList();
        }

        @Override
        public List<Weights> weights() {
            return weights;
        }

        @Override
        public DoubleSupplier backward(NDManager scratch, TextToImageBatch batch, double gradientScale) {
            return step.with(copies).run(scratch, batch, gradientScale);
        }

        @Override
        public void close() {
            copies.close();
        }
    }

    @Override
    public void reconfigure(TrainingConfig changed) {
        Objective objective = objective(changed);
        config = changed;
        step = step(objective);
    }

    @Override
    public Optional<ValidationResult> validate(int stepsDone, Function<TrainedWeights, Weights> choice) {
        return Optional.ofNullable(validation).map(images -> images.measure(stepsDone, models, choice));
    }

    @Override
    public Optional<StableDiffusionPipeline> pipeline(Function<TrainedWeights, Weights> choice) {
        SchedulerConfig sampler =
                config.schedulerChanges().applyTo(base.scheduler().config());
        return Optional.of(StableDiffusionPipeline.of(
                        models.unet(), models.vae(), models.textEncoder(), tokenizer, Schedulers.from(sampler))
                .withUnetWeights(models.unetWeights(choice))
                .withTextEncoderWeights(models.textWeights(choice)));
    }

    @Override
    public void freeUnused() {
        data.freeUnused(models);
    }

    /**
     * Writes the adapters if they are what was trained, else the whole model; what was not trained is copied from the base model, bit by
     * bit.
     */
    @Override
    public Path save(Function<TrainedWeights, Weights> choice) {
        if (config.lora() != null) {
            return saveAdapters(choice);
        }
        Map<String, Consumer<Path>> changed = new HashMap<>();
        for (TrainedWeights part : models.trained()) {
            changed.put(part.folder(), place -> part.save(place, choice.apply(part)));
        }
        SchedulerConfig scheduler = trainedScheduler(config);
        if (!scheduler.equals(SchedulerConfig.fromJson(base.schedulerConfig()))) {
            changed.put("scheduler", place -> Json.write(place.resolve(SCHEDULER_FILE), scheduler.toJson()));
        }
        return base.copyWith(Path.of(config.outputDir()), changed).path();
    }

    private Path saveAdapters(Function<TrainedWeights, Weights> choice) {
        Map<LoraComponent, LoraAdapters> parts = new EnumMap<>(LoraComponent.class);
        for (TrainedWeights part : models.trained()) {
            if (part instanceof TrainedWeights.OfAdapters adapters) {
                parts.put(adapters.component(), adapters.with(choice.apply(part)));
            }
        }
        Path target = Path.of(config.outputDir());
        LoraWriter.write(target.resolve(LoraFile.NAME), LoraFormat.DIFFUSERS, parts);
        return target;
    }

    @Override
    public void close() {
        resources.close();
    }
}
