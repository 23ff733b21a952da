package dev.text2image.training;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.Interpolation;
import dev.text2image.nn.Precision;
import dev.text2image.schedulers.PredictionType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Collects the values of a {@link TrainingConfig}, in Java code or from the flags of the command line. */
public final class TrainingConfigBuilder {
    private String pretrainedModelNameOrPath = "";
    private @Nullable String variant = null;
    private String trainDataDir = "";
    private String imageColumn = CaptionedDataset.AUTO;
    private String captionColumn = CaptionedDataset.AUTO;
    private @Nullable Integer maxTrainSamples = null;
    private String outputDir = "sd-model-finetuned";
    private long seed = 0;
    private int resolution = 512;
    private boolean centerCrop = false;
    private boolean randomFlip = false;
    private Interpolation imageInterpolationMode = Interpolation.LANCZOS;
    private int trainBatchSize = 16;
    private int numTrainEpochs = 100;
    private @Nullable Integer maxTrainSteps = null;
    private int gradientAccumulationSteps = 1;
    private boolean gradientCheckpointing = false;
    private double learningRate = 1e-4;
    private boolean scaleLr = false;
    private LearningRateSchedule.Kind lrScheduler = LearningRateSchedule.Kind.CONSTANT;
    private int lrWarmupSteps = 500;
    private @Nullable Double snrGamma = null;
    private double adamBeta1 = 0.9;
    private double adamBeta2 = 0.999;
    private double adamWeightDecay = 1e-2;
    private double adamEpsilon = 1e-8;
    private double maxGradNorm = 1.0;
    private @Nullable PredictionType predictionType = null;
    private Precision mixedPrecision = Precision.FP32;
    private double noiseOffset = 0;
    private boolean useEma = false;
    private boolean trainTextEncoder = false;
    private double proportionEmptyPrompts = 0;
    private int checkpointingSteps = 500;
    private @Nullable Integer checkpointsTotalLimit = null;
    private @Nullable String resumeFromCheckpoint = null;
    private int dataloaderNumWorkers = 0;
    private String device = "auto";

    /** Starts from the defaults; the command line makes one to fill from its flags. */
    public TrainingConfigBuilder() {}

    /** Sets {@code --pretrained_model_name_or_path}: a Stable Diffusion model directory in diffusers layout. */
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "A Stable Diffusion model directory in diffusers layout.")
    public TrainingConfigBuilder pretrainedModelNameOrPath(String value) {
        pretrainedModelNameOrPath = value;
        return this;
    }

    /** Sets {@code --variant}: variant of the frozen models' weight files, such as fp16. */
    @Option(names = "--variant", description = "Variant of the frozen models' weight files, such as fp16.")
    public TrainingConfigBuilder variant(@Nullable String value) {
        variant = value;
        return this;
    }

    /** Sets {@code --train_data_dir}: image folder with captions, or Parquet data set. */
    @Option(
            names = "--train_data_dir",
            required = true,
            description = "Image folder with captions, or Parquet data set.")
    public TrainingConfigBuilder trainDataDir(String value) {
        trainDataDir = value;
        return this;
    }

    /** Sets {@code --image_column}: column that holds the images; auto finds it. */
    @Option(names = "--image_column", description = "Column that holds the images; auto finds it (default: auto).")
    public TrainingConfigBuilder imageColumn(String value) {
        imageColumn = value;
        return this;
    }

    /** Sets {@code --caption_column}: column that holds the captions; auto finds it. */
    @Option(names = "--caption_column", description = "Column that holds the captions; auto finds it (default: auto).")
    public TrainingConfigBuilder captionColumn(String value) {
        captionColumn = value;
        return this;
    }

    /** Sets {@code --max_train_samples}: train on this many rows, drawn with the seed. */
    @Option(names = "--max_train_samples", description = "Train on this many rows, drawn with the seed.")
    public TrainingConfigBuilder maxTrainSamples(@Nullable Integer value) {
        maxTrainSamples = value;
        return this;
    }

    /** Sets {@code --output_dir}: where checkpoints and the fine-tuned model are written. */
    @Option(
            names = "--output_dir",
            description = "Where checkpoints and the fine-tuned model are written (default: sd-model-finetuned).")
    public TrainingConfigBuilder outputDir(String value) {
        outputDir = value;
        return this;
    }

    /** Sets {@code --seed}: seed of everything random in the run. */
    @Option(names = "--seed", description = "Seed of everything random in the run (default: 0).")
    public TrainingConfigBuilder seed(long value) {
        seed = value;
        return this;
    }

    /** Sets {@code --resolution}: width and height of the images in pixels. */
    @Option(names = "--resolution", description = "Width and height of the images in pixels (default: 512).")
    public TrainingConfigBuilder resolution(int value) {
        resolution = value;
        return this;
    }

    /** Sets {@code --center_crop}: crop at the centre instead of at a random place. */
    @Option(names = "--center_crop", description = "Crop at the centre instead of at a random place.")
    public TrainingConfigBuilder centerCrop(boolean value) {
        centerCrop = value;
        return this;
    }

    /** Sets {@code --random_flip}: mirror every other image at random. */
    @Option(names = "--random_flip", description = "Mirror every other image at random.")
    public TrainingConfigBuilder randomFlip(boolean value) {
        randomFlip = value;
        return this;
    }

    /** Sets {@code --image_interpolation_mode}: how images are resized. */
    @Option(names = "--image_interpolation_mode", description = "How images are resized (default: lanczos).")
    public TrainingConfigBuilder imageInterpolationMode(Interpolation value) {
        imageInterpolationMode = value;
        return this;
    }

    /** Sets {@code --train_batch_size}: images in a micro-batch. */
    @Option(names = "--train_batch_size", description = "Images in a micro-batch (default: 16).")
    public TrainingConfigBuilder trainBatchSize(int value) {
        trainBatchSize = value;
        return this;
    }

    /** Sets {@code --num_train_epochs}: passes over the data set; max_train_steps wins. */
    @Option(
            names = "--num_train_epochs",
            description = "Passes over the data set; max_train_steps wins (default: 100).")
    public TrainingConfigBuilder numTrainEpochs(int value) {
        numTrainEpochs = value;
        return this;
    }

    /** Sets {@code --max_train_steps}: optimizer steps of the run. */
    @Option(names = "--max_train_steps", description = "Optimizer steps of the run.")
    public TrainingConfigBuilder maxTrainSteps(@Nullable Integer value) {
        maxTrainSteps = value;
        return this;
    }

    /** Sets {@code --gradient_accumulation_steps}: micro-batches in an optimizer step. */
    @Option(names = "--gradient_accumulation_steps", description = "Micro-batches in an optimizer step (default: 1).")
    public TrainingConfigBuilder gradientAccumulationSteps(int value) {
        gradientAccumulationSteps = value;
        return this;
    }

    /** Sets {@code --gradient_checkpointing}: recompute instead of store: less memory, about a quarter slower. */
    @Option(
            names = "--gradient_checkpointing",
            description = "Recompute instead of store: less memory, about a quarter slower.")
    public TrainingConfigBuilder gradientCheckpointing(boolean value) {
        gradientCheckpointing = value;
        return this;
    }

    /** Sets {@code --learning_rate}: peak learning rate. */
    @Option(names = "--learning_rate", description = "Peak learning rate (default: 1e-4).")
    public TrainingConfigBuilder learningRate(double value) {
        learningRate = value;
        return this;
    }

    /** Sets {@code --scale_lr}: multiply the learning rate by accumulation and batch size. */
    @Option(names = "--scale_lr", description = "Multiply the learning rate by accumulation and batch size.")
    public TrainingConfigBuilder scaleLr(boolean value) {
        scaleLr = value;
        return this;
    }

    /** Sets {@code --lr_scheduler}: shape of the learning rate over the run. */
    @Option(names = "--lr_scheduler", description = "Shape of the learning rate over the run (default: constant).")
    public TrainingConfigBuilder lrScheduler(LearningRateSchedule.Kind value) {
        lrScheduler = value;
        return this;
    }

    /** Sets {@code --lr_warmup_steps}: optimizer steps over which the rate rises from 0; not for constant. */
    @Option(
            names = "--lr_warmup_steps",
            description = "Optimizer steps over which the rate rises from 0; not for constant (default: 500).")
    public TrainingConfigBuilder lrWarmupSteps(int value) {
        lrWarmupSteps = value;
        return this;
    }

    /** Sets {@code --snr_gamma}: gamma of the Min-SNR loss weights; 5.0 is advised. */
    @Option(names = "--snr_gamma", description = "Gamma of the Min-SNR loss weights; 5.0 is advised.")
    public TrainingConfigBuilder snrGamma(@Nullable Double value) {
        snrGamma = value;
        return this;
    }

    /** Sets {@code --adam_beta1}: decay of the mean of the gradients. */
    @Option(names = "--adam_beta1", description = "Decay of the mean of the gradients (default: 0.9).")
    public TrainingConfigBuilder adamBeta1(double value) {
        adamBeta1 = value;
        return this;
    }

    /** Sets {@code --adam_beta2}: decay of the mean of their squares. */
    @Option(names = "--adam_beta2", description = "Decay of the mean of their squares (default: 0.999).")
    public TrainingConfigBuilder adamBeta2(double value) {
        adamBeta2 = value;
        return this;
    }

    /** Sets {@code --adam_weight_decay}: weight decay of AdamW. */
    @Option(names = "--adam_weight_decay", description = "Weight decay of AdamW (default: 1e-2).")
    public TrainingConfigBuilder adamWeightDecay(double value) {
        adamWeightDecay = value;
        return this;
    }

    /** Sets {@code --adam_epsilon}: epsilon of AdamW. */
    @Option(names = "--adam_epsilon", description = "Epsilon of AdamW (default: 1e-8).")
    public TrainingConfigBuilder adamEpsilon(double value) {
        adamEpsilon = value;
        return this;
    }

    /** Sets {@code --max_grad_norm}: largest L2 norm of the gradients of a step. */
    @Option(names = "--max_grad_norm", description = "Largest L2 norm of the gradients of a step (default: 1.0).")
    public TrainingConfigBuilder maxGradNorm(double value) {
        maxGradNorm = value;
        return this;
    }

    /**
     * Sets {@code --prediction_type}: what the UNet predicts, epsilon or v_prediction; by default as the model's scheduler says.
     */
    @Option(
            names = "--prediction_type",
            description = "What the UNet predicts, epsilon or v_prediction; by default as the model's scheduler says.")
    public TrainingConfigBuilder predictionType(@Nullable PredictionType value) {
        predictionType = value;
        return this;
    }

    /** Sets {@code --mixed_precision}: no or bf16: number format of the matrix work. */
    @Option(names = "--mixed_precision", description = "No or bf16: number format of the matrix work (default: no).")
    public TrainingConfigBuilder mixedPrecision(Precision value) {
        mixedPrecision = value;
        return this;
    }

    /** Sets {@code --noise_offset}: strength of a noise that is equal over each channel. */
    @Option(names = "--noise_offset", description = "Strength of a noise that is equal over each channel (default: 0).")
    public TrainingConfigBuilder noiseOffset(double value) {
        noiseOffset = value;
        return this;
    }

    /** Sets {@code --use_ema}: keep an exponential moving average of the weights and save it. */
    @Option(names = "--use_ema", description = "Keep an exponential moving average of the weights and save it.")
    public TrainingConfigBuilder useEma(boolean value) {
        useEma = value;
        return this;
    }

    /** Sets {@code --train_text_encoder}: train the text encoder along with the UNet. */
    @Option(names = "--train_text_encoder", description = "Train the text encoder along with the UNet.")
    public TrainingConfigBuilder trainTextEncoder(boolean value) {
        trainTextEncoder = value;
        return this;
    }

    /** Sets {@code --proportion_empty_prompts}: share of captions that are left empty, for guidance. */
    @Option(
            names = "--proportion_empty_prompts",
            description = "Share of captions that are left empty, for guidance (default: 0).")
    public TrainingConfigBuilder proportionEmptyPrompts(double value) {
        proportionEmptyPrompts = value;
        return this;
    }

    /** Sets {@code --checkpointing_steps}: optimizer steps between checkpoints. */
    @Option(names = "--checkpointing_steps", description = "Optimizer steps between checkpoints (default: 500).")
    public TrainingConfigBuilder checkpointingSteps(int value) {
        checkpointingSteps = value;
        return this;
    }

    /** Sets {@code --checkpoints_total_limit}: how many checkpoints are kept. */
    @Option(names = "--checkpoints_total_limit", description = "How many checkpoints are kept.")
    public TrainingConfigBuilder checkpointsTotalLimit(@Nullable Integer value) {
        checkpointsTotalLimit = value;
        return this;
    }

    /** Sets {@code --resume_from_checkpoint}: a checkpoint's directory or name, or latest. */
    @Option(names = "--resume_from_checkpoint", description = "A checkpoint's directory or name, or latest.")
    public TrainingConfigBuilder resumeFromCheckpoint(@Nullable String value) {
        resumeFromCheckpoint = value;
        return this;
    }

    /** Sets {@code --dataloader_num_workers}: threads that decode images ahead of time. */
    @Option(names = "--dataloader_num_workers", description = "Threads that decode images ahead of time (default: 0).")
    public TrainingConfigBuilder dataloaderNumWorkers(int value) {
        dataloaderNumWorkers = value;
        return this;
    }

    /** Sets {@code --device}: auto, cpu, cuda or cuda:N. */
    @Option(names = "--device", description = "Auto, cpu, cuda or cuda:N (default: auto).")
    public TrainingConfigBuilder device(String value) {
        device = value;
        return this;
    }

    /**
     * Makes the configuration.
     *
     * @return the checked values
     * @throws dev.text2image.io.InvalidInputException listing every value that cannot be used
     */
    public TrainingConfig build() {
        return new TrainingConfig(
                pretrainedModelNameOrPath,
                variant,
                trainDataDir,
                imageColumn,
                captionColumn,
                maxTrainSamples,
                outputDir,
                seed,
                resolution,
                centerCrop,
                randomFlip,
                imageInterpolationMode,
                trainBatchSize,
                numTrainEpochs,
                maxTrainSteps,
                gradientAccumulationSteps,
                gradientCheckpointing,
                learningRate,
                scaleLr,
                lrScheduler,
                lrWarmupSteps,
                snrGamma,
                adamBeta1,
                adamBeta2,
                adamWeightDecay,
                adamEpsilon,
                maxGradNorm,
                predictionType,
                mixedPrecision,
                noiseOffset,
                useEma,
                trainTextEncoder,
                proportionEmptyPrompts,
                checkpointingSteps,
                checkpointsTotalLimit,
                resumeFromCheckpoint,
                dataloaderNumWorkers,
                device);
    }
}
