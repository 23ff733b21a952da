package dev.text2image.training.config;

import ai.djl.Device;
import com.google.gson.JsonObject;
import dev.text2image.data.ImageCheck;
import dev.text2image.data.images.Interpolation;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.tokenizers.WeightedPrompt;
import dev.text2image.torch.Torch;
import dev.text2image.trackers.Trackers;
import dev.text2image.training.config.Flag.Group;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.Dream;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.objectives.NoiseOptions;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.objectives.SchedulerChanges;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.AdamW8bit;
import dev.text2image.training.optim.EMAModel;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.optim.Optimizer;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every hyper-parameter of a fine-tuning run, named as the flags of diffusers' train_text_to_image.py; the flag of
 * {@code snrGamma} is {@code --snr_gamma}. Making one checks all values; that model and data are there is checked when a run starts.
 *
 * <pre>{@code
 * TrainingConfig config = TrainingConfig.builder().snrGamma(5.0).maxTrainSteps(300).build();
 * TrainingConfig longer = config.toBuilder().maxTrainSteps(1000).build();
 * }</pre>
 */
@RecordBuilder
@RecordBuilder.Options(enableGetters = false, enableWither = false)
public record TrainingConfig(
        @Flag(
                group = Group.MODEL,
                value = "a Stable Diffusion model directory in diffusers layout, or its name on the hub")
        @Nullable
        String pretrainedModelNameOrPath,

        @Flag(group = Group.MODEL, value = "branch, tag or commit of a model that is named as on the hub") @Nullable
        String revision,

        @Flag(group = Group.MODEL, value = "variant of the frozen models' weight files, such as fp16") @Nullable
        String variant,

        @Flag(group = Group.DATA, value = "name of a data set on the hub, or a directory in its layout") @Nullable
        String datasetName,

        @Flag(group = Group.DATA, value = "configuration of that data set, one of its directories") @Nullable
        String datasetConfigName,

        @Flag(group = Group.DATA, value = "branch, tag or commit of a data set that is named as on the hub") @Nullable
        String datasetRevision,

        @Flag(group = Group.DATA, value = "image folder with captions, or Parquet data set") @Nullable
        String trainDataDir,

        @Flag(group = Group.DATA, value = "column that holds the images; auto finds it", defaultValue = "auto")
        String imageColumn,

        @Flag(group = Group.DATA, value = "column that holds the captions; auto finds it", defaultValue = "auto")
        String captionColumn,

        @Flag(
                group = Group.DATA,
                value = "words of each training caption, {} being its own, such as '{}, 3d style'",
                defaultValue = "{}")
        String captionTemplate,

        @Flag(group = Group.DATA, value = "train on this many rows, drawn with the seed") @Nullable
        Integer maxTrainSamples,

        @Flag(
                group = Group.DATA,
                value = "what of each image is checked before the run starts: header, or full to decode all of them",
                defaultValue = "header")
        ImageCheck.Depth checkImages,

        @Flag(group = Group.DATA, value = "leave out images that cannot be read, and say how many")
        boolean skipBrokenImages,

        @Flag(group = Group.DATA, value = "width and height of the images in pixels", defaultValue = "512")
        int resolution,

        @Flag(group = Group.DATA, value = "crop at the centre instead of at a random place")
        boolean centerCrop,

        @Flag(group = Group.DATA, value = "mirror every other image at random")
        boolean randomFlip,

        @Flag(group = Group.DATA, value = "how images are resized", defaultValue = "lanczos")
        Interpolation imageInterpolationMode,

        @Flag(group = Group.DATA, value = "share of captions that are left empty, for guidance", defaultValue = "0")
        double proportionEmptyPrompts,

        @Flag(group = Group.DATA, value = "let brackets in captions weigh words: (word:1.3), (word), [word]")
        boolean weightedCaptions,

        @Flag(
                group = Group.DATA,
                value = "threads that decode images ahead of time (default: one for each processor core, at most 8)")
        @Nullable
        Integer dataloaderNumWorkers,

        @Flag(
                group = Group.DATA,
                value = "captioned images of what the base model knows, to keep it: one joins each training image")
        @Nullable
        String priorDataDir,

        @Flag(group = Group.DATA, value = "how much the loss of those images counts", defaultValue = "1")
        double priorLossWeight,

        @Flag(
                group = Group.RUN,
                value = "where checkpoints and the fine-tuned model are written",
                defaultValue = "sd-model-finetuned")
        String outputDir,

        @Flag(group = Group.RUN, value = "seed of everything random in the run", defaultValue = "0")
        long seed,

        @Flag(group = Group.RUN, value = "images in a micro-batch, on each device", defaultValue = "16")
        int trainBatchSize,

        @Flag(group = Group.RUN, value = "passes over the data set; max_train_steps wins", defaultValue = "100")
        int numTrainEpochs,

        @Flag(group = Group.RUN, value = "optimizer steps of the run") @Nullable
        Integer maxTrainSteps,

        @Flag(group = Group.RUN, value = "micro-batches in an optimizer step", defaultValue = "1")
        int gradientAccumulationSteps,

        @Flag(group = Group.RUN, value = "train the text encoder along with the UNet")
        boolean trainTextEncoder,

        @Flag(
                group = Group.RUN,
                value = "auto, cpu, cuda or cuda:N; or several with commas between, for a replica of the model on each",
                defaultValue = "auto")
        String device,

        @Flag(
                group = Group.RUN,
                value =
                        "replicas of the model, on as many GPUs or side by side on the CPU; by default one for each device")
        @Nullable
        Integer numProcesses,

        @Flag(group = Group.LEARNING_RATE, value = "peak learning rate", defaultValue = "1e-4")
        double learningRate,

        @Flag(group = Group.LEARNING_RATE, value = "learning rate of the text encoder; by default that of the UNet")
        @Nullable
        Double textEncoderLr,

        @Flag(
                group = Group.LEARNING_RATE,
                value = "multiply the learning rate by accumulation, batch size and replicas")
        boolean scaleLr,

        @Flag(group = Group.LEARNING_RATE, value = "shape of the learning rate over the run", defaultValue = "constant")
        LearningRateSchedule.Kind lrScheduler,

        @Flag(
                group = Group.LEARNING_RATE,
                value = "optimizer steps over which the rate rises from 0; not for constant",
                defaultValue = "500")
        int lrWarmupSteps,

        @Flag(group = Group.LEARNING_RATE, value = "how often cosine_with_restarts starts again", defaultValue = "1")
        int lrNumCycles,

        @Flag(group = Group.LEARNING_RATE, value = "exponent of polynomial", defaultValue = "1")
        double lrPower,

        @Flag(
                group = Group.LEARNING_RATE,
                value =
                        "rules of piecewise_constant, such as 1:100,0.1:200,0.01: a factor until a step, ..., the last factor")
        @Nullable
        String lrStepRules,

        @Flag(group = Group.OPTIMIZER, value = "keep the optimizer's memory in 8 bits")
        boolean use8bitAdam,

        @Flag(group = Group.OPTIMIZER, value = "decay of the mean of the gradients", defaultValue = "0.9")
        double adamBeta1,

        @Flag(group = Group.OPTIMIZER, value = "decay of the mean of their squares", defaultValue = "0.999")
        double adamBeta2,

        @Flag(group = Group.OPTIMIZER, value = "weight decay of AdamW", defaultValue = "1e-2")
        double adamWeightDecay,

        @Flag(group = Group.OPTIMIZER, value = "epsilon of AdamW", defaultValue = "1e-8")
        double adamEpsilon,

        @Flag(group = Group.OPTIMIZER, value = "largest L2 norm of the gradients of a step", defaultValue = "1")
        double maxGradNorm,

        @Flag(group = Group.OBJECTIVE, value = "gamma of the Min-SNR loss weights; 5.0 is advised") @Nullable
        Double snrGamma,

        @Flag(
                group = Group.OBJECTIVE,
                value = "what the UNet predicts, epsilon or v_prediction; by default as the model's scheduler says")
        @Nullable
        PredictionType predictionType,

        @Flag(
                group = Group.OBJECTIVE,
                value = "strength of a noise that is equal over each channel",
                defaultValue = "0")
        double noiseOffset,

        @Flag(
                group = Group.OBJECTIVE,
                value = "strength of a noise that is added but not to be predicted; 0.1 is advised",
                defaultValue = "0")
        double inputPerturbation,

        @Flag(group = Group.OBJECTIVE, value = "let the UNet's own error move input and target (DREAM)")
        boolean dreamTraining,

        @Flag(group = Group.OBJECTIVE, value = "exponent of DREAM, above 0", defaultValue = "1")
        double dreamDetailPreservation,

        @Flag(group = Group.OBJECTIVE, value = "let the last timestep be pure noise (zero terminal SNR)")
        boolean rescaleBetasZeroSnr,

        @Flag(
                group = Group.OBJECTIVE,
                value = "divide a short last group of an epoch by the whole accumulation, as diffusers does")
        boolean diffusersCompatible,

        @Nullable LoraConfig lora,

        @Flag(group = Group.EMA, value = "keep an exponential moving average of the weights and save it")
        boolean useEma,

        @Flag(group = Group.EMA, value = "keep the average in main memory while the model is on a GPU")
        boolean offloadEma,

        @Flag(group = Group.EMA, value = "largest share of the average that is kept in a step", defaultValue = "0.9999")
        double emaDecay,

        @Flag(group = Group.EMA, value = "smallest share after the first step", defaultValue = "0")
        double emaMinDecay,

        @Flag(group = Group.EMA, value = "steps before averaging starts", defaultValue = "0")
        int emaUpdateAfterStep,

        @Flag(group = Group.EMA, value = "let the share rise as 1 - (1 + n / inv_gamma)^-power")
        boolean useEmaWarmup,

        @Flag(group = Group.EMA, value = "inv_gamma of that warm-up", defaultValue = "1")
        double emaInvGamma,

        @Flag(group = Group.EMA, value = "power of that warm-up", defaultValue = "0.6666666666666666")
        double emaPower,

        @Flag(
                group = Group.MEMORY,
                value =
                        "number format of matrix work, norms and frozen weights: no, bf16, fp16, or auto, what is fastest on the device",
                defaultValue = "no")
        MixedPrecision mixedPrecision,

        @Flag(
                group = Group.MEMORY,
                value =
                        "under mixed precision normalise in float32, as torch.autocast does, instead of in the half format")
        boolean float32Norms,

        @Flag(group = Group.MEMORY, value = "allow TF32 matrix work on NVIDIA GPUs")
        boolean allowTf32,

        @Flag(
                group = Group.MEMORY,
                value = "recompute instead of store, a quarter slower with less memory: none, selective or full",
                defaultValue = "none",
                bareValue = "full")
        Checkpointing gradientCheckpointing,

        @Flag(
                group = Group.MEMORY,
                value = "encode each image once: none, memory or disk",
                defaultValue = "none",
                bareValue = "memory")
        CacheMode cacheLatents,

        @Flag(
                group = Group.MEMORY,
                value = "encode each caption once: none, memory or disk",
                defaultValue = "none",
                bareValue = "memory")
        CacheMode cacheTextEmbeddings,

        @Flag(group = Group.MEMORY, value = "where caches on disk are kept; by default in output_dir") @Nullable
        String cacheDir,

        @Flag(group = Group.CHECKPOINTS, value = "optimizer steps between checkpoints", defaultValue = "500")
        int checkpointingSteps,

        @Flag(group = Group.CHECKPOINTS, value = "how many checkpoints are kept") @Nullable
        Integer checkpointsTotalLimit,

        @Flag(group = Group.CHECKPOINTS, value = "keep the checkpoint with the lowest validation loss as well")
        boolean keepBestCheckpoint,

        @Flag(group = Group.CHECKPOINTS, value = "a checkpoint's directory or name, or latest") @Nullable
        String resumeFromCheckpoint,

        @Flag(group = Group.VALIDATION, value = "prompts of the images that are made while training")
        List<String> validationPrompts,

        @Flag(group = Group.VALIDATION, value = "validate at the end of every so many epochs", defaultValue = "5")
        int validationEpochs,

        @Flag(group = Group.VALIDATION, value = "validate every so many steps instead") @Nullable
        Integer validationSteps,

        @Flag(group = Group.VALIDATION, value = "images with captions to measure the validation loss on") @Nullable
        String validationDataDir,

        @Flag(
                group = Group.VALIDATION,
                value = "without a directory of their own: rows held out of the training data",
                defaultValue = "0")
        int validationSamples,

        @Flag(group = Group.VALIDATION, value = "tensorboard, all or none", defaultValue = "tensorboard")
        String reportTo,

        @Flag(group = Group.VALIDATION, value = "directory of TensorBoard's files in output_dir", defaultValue = "logs")
        String loggingDir,

        @Flag(group = Group.VALIDATION, value = "name of the run in TensorBoard", defaultValue = "text2image-fine-tune")
        String trackerProjectName) {
    private static final String OWN_CAPTION = "{}";
    private static final int MOST_WORKERS = 8;
    private static final int MOST_HALF_SUMMANDS = 8;

    /** Checks all values and reports everything that is wrong with them in one error. */
    public TrainingConfig {
        validationPrompts = List.copyOf(validationPrompts);
        TrainingConfigCheck check = new TrainingConfigCheck();
        check.notBlank("output_dir", outputDir);
        check.require(resolution >= 8 && resolution % 8 == 0, "resolution", resolution, "a multiple of 8");
        check.atLeast("train_batch_size", trainBatchSize, 1);
        check.atLeast("num_train_epochs", numTrainEpochs, 1);
        check.atLeast("gradient_accumulation_steps", gradientAccumulationSteps, 1);
        check.optionalAtLeast("num_processes", numProcesses, 1);
        check.devices(device, processes(device, numProcesses));
        check.learningRate(learningRate, textEncoderLr, lrWarmupSteps, lrNumCycles, lrPower);
        check.optimizer(adamBeta1, adamBeta2, adamWeightDecay, adamEpsilon, maxGradNorm);
        check.average(emaDecay, emaMinDecay, emaUpdateAfterStep, emaInvGamma, emaPower);
        check.atLeast("checkpointing_steps", checkpointingSteps, 1);
        check.optionalAtLeast("dataloader_num_workers", dataloaderNumWorkers, 0);
        check.atLeast("validation_epochs", validationEpochs, 1);
        check.atLeast("validation_samples", validationSamples, 0);
        check.optionalAtLeast("validation_steps", validationSteps, 1);
        check.optionalAtLeast("max_train_samples", maxTrainSamples, 1);
        check.optionalAtLeast("max_train_steps", maxTrainSteps, 1);
        check.optionalAtLeast("checkpoints_total_limit", checkpointsTotalLimit, 1);
        check.positive("dream_detail_preservation", dreamDetailPreservation);
        check.optionalPositive("snr_gamma", snrGamma);
        check.positive("prior_loss_weight", priorLossWeight);
        check.require(
                captionTemplate.contains(OWN_CAPTION),
                "caption_template",
                captionTemplate,
                "a text with {} where the image's own caption goes");
        check.within("noise_offset", noiseOffset, 0, 1);
        check.within("input_perturbation", inputPerturbation, 0, 1);
        check.within("proportion_empty_prompts", proportionEmptyPrompts, 0, 1);
        check.require(predictionType != PredictionType.SAMPLE, "prediction_type", "sample", "epsilon or v_prediction");
        check.oneOf("report_to", reportTo, Trackers.choices());
        if (lrScheduler == LearningRateSchedule.Kind.PIECEWISE_CONSTANT) {
            check.accepts(() -> lrScheduler.curve(lrNumCycles, lrPower, lrStepRules));
        }
        if (weightedCaptions) {
            List<String> prompts = validationPrompts;
            check.accepts(() -> prompts.forEach(WeightedPrompt::parse));
        }
        check.finish();
    }

    /**
     * Starts a configuration from the defaults of diffusers' script.
     *
     * @return a builder with one method for each hyper-parameter
     */
    public static TrainingConfigBuilder builder() {
        return TrainingConfigBuilder.builder(TrainingFlags.parse(Map.of()));
    }

    /**
     * Starts a configuration from this one.
     *
     * @return a builder that holds the same values
     */
    public TrainingConfigBuilder toBuilder() {
        return TrainingConfigBuilder.builder(this);
    }

    /**
     * Returns the learning rate of the text encoder in a step.
     *
     * @param rate the learning rate of the UNet in that step
     * @return the same if the text encoder has none of its own
     */
    public double textEncoderRate(double rate) {
        return textEncoderLr == null ? rate : rate * (textEncoderLr / learningRate);
    }

    /**
     * Returns where the model is.
     *
     * @return the directory of the base model, or its name on the hub
     * @throws InvalidInputException if none was given
     */
    public Path modelDirectory() {
        if (pretrainedModelNameOrPath == null) {
            throw new InvalidInputException(
                    "pretrained_model_name_or_path is missing; give a model directory in diffusers layout, or a name on the hub.");
        }
        return Path.of(pretrainedModelNameOrPath);
    }

    /**
     * Returns where the training data are.
     *
     * @return the directory of the images
     * @throws InvalidInputException if none was given
     */
    public Path dataDirectory() {
        if (datasetName == null && trainDataDir == null) {
            throw new InvalidInputException(
                    "train_data_dir is missing; give it, or dataset_name, a directory of images with captions.");
        }
        Path directory = Path.of("");
        for (String part : Arrays.asList(datasetName, datasetConfigName, trainDataDir)) {
            directory = part == null ? directory : directory.resolve(part);
        }
        return directory;
    }

    /**
     * Words a caption of the training or validation images.
     *
     * @param own the caption that the data set gives
     * @return {@code captionTemplate} with that caption in its place
     */
    public String caption(String own) {
        return captionTemplate.replace(OWN_CAPTION, own);
    }

    /**
     * Returns on how many devices the run trains at once.
     *
     * @return {@code numProcesses}, or the number of names in {@code device}
     */
    public int processes() {
        return processes(device, numProcesses);
    }

    private static int processes(String device, @Nullable Integer numProcesses) {
        return numProcesses == null ? device.split(",").length : numProcesses;
    }

    /**
     * Returns where the replicas of the model are.
     *
     * @return the devices, the optimizer's first
     * @throws IllegalArgumentException if the machine lacks one of them
     */
    public List<Device> devices() {
        return Torch.devices(device, processes());
    }

    /**
     * Returns the number of threads that decode images ahead of time.
     *
     * @return at least 0
     */
    public int dataWorkers() {
        return dataloaderNumWorkers == null
                ? Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors())
                : dataloaderNumWorkers;
    }

    /**
     * Returns the number formats of the models that are trained.
     *
     * @param precision what {@code mixedPrecision} stands for on the device
     * @return weights in float32, or half precision for what adapters are added to
     */
    public NumberFormats trainedFormats(Precision precision) {
        Precision norms = float32Norms ? Precision.FP32 : precision;
        return new NumberFormats(precision, norms, lora == null ? Precision.FP32 : precision);
    }

    /**
     * Returns the format in which gradients are gathered. Where a step has few passes that is the format of the passes, which then
     * compute with copies of the weights instead of casting them; more would add up in half precision for too long. A run on several
     * devices gathers in float32.
     *
     * @param precision what {@code mixedPrecision} stands for on the device
     * @return the format of the leaves, see {@link dev.text2image.nn.Weights#requireGradients(Precision)}
     */
    public Precision gradientFormat(Precision precision) {
        boolean fewPasses = gradientAccumulationSteps <= MOST_HALF_SUMMANDS && processes() == 1;
        return fewPasses && lora == null && !float32Norms ? precision : Precision.FP32;
    }

    /**
     * Returns the number of images of a micro-batch on all devices together.
     *
     * @return {@code trainBatchSize} times the number of devices; images of a prior are not counted
     */
    public int globalBatchSize() {
        return Math.multiplyExact(processes(), trainBatchSize);
    }

    /**
     * Returns the number of images that pass through the models of a device at once.
     *
     * @return {@code trainBatchSize}, and as many images of {@code priorDataDir} if it is given
     */
    public int imagesPerMicroBatch() {
        return priorDataDir == null ? trainBatchSize : Math.multiplyExact(2, trainBatchSize);
    }

    /**
     * Returns the learning rate that the run peaks at.
     *
     * @return the rate, scaled if {@code scaleLr} is set
     */
    public double effectiveLearningRate() {
        return scaleLr ? learningRate * gradientAccumulationSteps * globalBatchSize() : learningRate;
    }

    /**
     * Returns the weighting of the loss over timesteps.
     *
     * @return Min-SNR if {@code snrGamma} is set
     */
    public LossWeighting lossWeighting() {
        return snrGamma == null ? new LossWeighting.Uniform() : new LossWeighting.MinSnr(snrGamma);
    }

    /**
     * Returns what the UNet is trained towards.
     *
     * @param scheduler the noise of the trained model
     * @return loss, weighting and DREAM
     * @throws InvalidInputException if they do not go together
     */
    public Objective objective(SchedulerConfig scheduler) {
        NoiseSchedule schedule = DDPMScheduler.from(scheduler).noiseSchedule();
        return new Objective(
                new DiffusionLoss(schedule, scheduler.predictionType(), lossWeighting()),
                dreamTraining ? new Dream(dreamDetailPreservation) : null);
    }

    /**
     * Returns what the run changes about the noise of its base model.
     *
     * @return the changes, which may be none
     */
    public SchedulerChanges schedulerChanges() {
        return new SchedulerChanges(predictionType, rescaleBetasZeroSnr);
    }

    /**
     * Returns what is put on top of plain noise.
     *
     * @return the options, which may be none
     */
    public NoiseOptions noiseOptions() {
        return new NoiseOptions(noiseOffset, inputPerturbation);
    }

    /**
     * Returns the learning rates of the run.
     *
     * @param totalSteps optimizer steps of the whole run
     * @return the schedule
     * @throws InvalidInputException if the learning rate is too small for its shape
     */
    public LearningRateSchedule learningRateSchedule(int totalSteps) {
        return new LearningRateSchedule(
                lrScheduler.curve(lrNumCycles, lrPower, lrStepRules),
                effectiveLearningRate(),
                lrWarmupSteps,
                totalSteps);
    }

    /**
     * Makes the optimizer of the run.
     *
     * @param weights the weights that it changes, each by what its keys begin with in the optimizer's state
     * @return the optimizer, to be closed by the caller
     */
    public Optimizer optimizer(Map<String, Weights> weights) {
        return use8bitAdam ? new AdamW8bit(weights, optimizerSettings()) : new AdamW(weights, optimizerSettings());
    }

    /**
     * Returns the settings of the optimizer.
     *
     * @return those that do not change from step to step
     */
    public AdamW.Settings optimizerSettings() {
        return new AdamW.Settings(adamBeta1, adamBeta2, adamWeightDecay, adamEpsilon);
    }

    /**
     * Returns the options of the moving average.
     *
     * @return how fast it forgets
     */
    public EMAModel.Options emaOptions() {
        return new EMAModel.Options(emaDecay, emaMinDecay, emaUpdateAfterStep, useEmaWarmup, emaInvGamma, emaPower);
    }

    /**
     * Lists all flags with their values.
     *
     * @return one setting for each flag, in the order of the help
     */
    public List<TrainingSetting> settings() {
        return TrainingFlags.settings(this);
    }

    /**
     * Writes the configuration with the names of the flags, to be kept beside the model.
     *
     * @return one field for each value that is set
     */
    public JsonObject toJson() {
        return TrainingFlags.toJson(this);
    }

    /**
     * Reads a configuration that {@link #toJson} wrote.
     *
     * @param json the values; those that are missing are the defaults
     * @return the configuration
     * @throws dev.text2image.io.InvalidInputException if a field is unknown or a value cannot be used
     */
    public static TrainingConfig fromJson(JsonObject json) {
        return TrainingFlags.fromJson(json);
    }
}
