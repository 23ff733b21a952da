package dev.text2image.training;

import com.google.gson.JsonObject;
import dev.text2image.data.Interpolation;
import dev.text2image.nn.Precision;
import dev.text2image.schedulers.PredictionType;
import org.jspecify.annotations.Nullable;

/**
 * Every hyper-parameter of a fine-tuning run, named as the flags of diffusers' train_text_to_image.py; the flag of
 * {@code snrGamma} is {@code --snr_gamma}. Making one checks all values.
 *
 * @param pretrainedModelNameOrPath a Stable Diffusion model directory in diffusers layout
 * @param variant variant of the frozen models' weight files, such as fp16
 * @param trainDataDir image folder with captions, or Parquet data set
 * @param imageColumn column that holds the images; auto finds it
 * @param captionColumn column that holds the captions; auto finds it
 * @param maxTrainSamples train on this many rows, drawn with the seed
 * @param outputDir where checkpoints and the fine-tuned model are written
 * @param seed seed of everything random in the run
 * @param resolution width and height of the images in pixels
 * @param centerCrop crop at the centre instead of at a random place
 * @param randomFlip mirror every other image at random
 * @param imageInterpolationMode how images are resized
 * @param trainBatchSize images in a micro-batch
 * @param numTrainEpochs passes over the data set; max_train_steps wins
 * @param maxTrainSteps optimizer steps of the run
 * @param gradientAccumulationSteps micro-batches in an optimizer step
 * @param gradientCheckpointing recompute instead of store: less memory, about a quarter slower
 * @param learningRate peak learning rate
 * @param scaleLr multiply the learning rate by accumulation and batch size
 * @param lrScheduler shape of the learning rate over the run
 * @param lrWarmupSteps optimizer steps over which the rate rises from 0; not for constant
 * @param snrGamma gamma of the Min-SNR loss weights; 5.0 is advised
 * @param adamBeta1 decay of the mean of the gradients
 * @param adamBeta2 decay of the mean of their squares
 * @param adamWeightDecay weight decay of AdamW
 * @param adamEpsilon epsilon of AdamW
 * @param maxGradNorm largest L2 norm of the gradients of a step
 * @param predictionType what the UNet predicts, epsilon or v_prediction; by default as the model's scheduler says
 * @param mixedPrecision no or bf16: number format of the matrix work
 * @param noiseOffset strength of a noise that is equal over each channel
 * @param useEma keep an exponential moving average of the weights and save it
 * @param trainTextEncoder train the text encoder along with the UNet
 * @param proportionEmptyPrompts share of captions that are left empty, for guidance
 * @param checkpointingSteps optimizer steps between checkpoints
 * @param checkpointsTotalLimit how many checkpoints are kept
 * @param resumeFromCheckpoint a checkpoint's directory or name, or latest
 * @param dataloaderNumWorkers threads that decode images ahead of time
 * @param device auto, cpu, cuda or cuda:N
 */
public record TrainingConfig(
        String pretrainedModelNameOrPath,
        @Nullable String variant,
        String trainDataDir,
        String imageColumn,
        String captionColumn,
        @Nullable Integer maxTrainSamples,
        String outputDir,
        long seed,
        int resolution,
        boolean centerCrop,
        boolean randomFlip,
        Interpolation imageInterpolationMode,
        int trainBatchSize,
        int numTrainEpochs,
        @Nullable Integer maxTrainSteps,
        int gradientAccumulationSteps,
        boolean gradientCheckpointing,
        double learningRate,
        boolean scaleLr,
        LearningRateSchedule.Kind lrScheduler,
        int lrWarmupSteps,
        @Nullable Double snrGamma,
        double adamBeta1,
        double adamBeta2,
        double adamWeightDecay,
        double adamEpsilon,
        double maxGradNorm,
        @Nullable PredictionType predictionType,
        Precision mixedPrecision,
        double noiseOffset,
        boolean useEma,
        boolean trainTextEncoder,
        double proportionEmptyPrompts,
        int checkpointingSteps,
        @Nullable Integer checkpointsTotalLimit,
        @Nullable String resumeFromCheckpoint,
        int dataloaderNumWorkers,
        String device) {
    /** Checks all values and reports everything that is wrong with them in one error. */
    public TrainingConfig {
        TrainingConfigCheck check = new TrainingConfigCheck();
        check.notBlank("pretrained_model_name_or_path", pretrainedModelNameOrPath);
        check.notBlank("train_data_dir", trainDataDir);
        check.notBlank("output_dir", outputDir);
        check.atLeast("resolution", resolution, 8);
        check.require(resolution % 8 == 0, "resolution", resolution, "a multiple of 8");
        check.atLeast("train_batch_size", trainBatchSize, 1);
        check.atLeast("num_train_epochs", numTrainEpochs, 1);
        check.atLeast("gradient_accumulation_steps", gradientAccumulationSteps, 1);
        check.atLeast("lr_warmup_steps", lrWarmupSteps, 0);
        check.atLeast("checkpointing_steps", checkpointingSteps, 1);
        check.atLeast("dataloader_num_workers", dataloaderNumWorkers, 0);
        check.optionalAtLeast("max_train_samples", maxTrainSamples, 1);
        check.optionalAtLeast("max_train_steps", maxTrainSteps, 1);
        check.optionalAtLeast("checkpoints_total_limit", checkpointsTotalLimit, 1);
        check.positive("learning_rate", learningRate);
        check.positive("adam_epsilon", adamEpsilon);
        check.positive("max_grad_norm", maxGradNorm);
        check.optionalPositive("snr_gamma", snrGamma);
        check.within("adam_beta1", adamBeta1, 0, Math.nextDown(1.0));
        check.within("adam_beta2", adamBeta2, 0, Math.nextDown(1.0));
        check.within("adam_weight_decay", adamWeightDecay, 0, 1);
        check.within("noise_offset", noiseOffset, 0, 1);
        check.within("proportion_empty_prompts", proportionEmptyPrompts, 0, 1);
        check.require(predictionType != PredictionType.SAMPLE, "prediction_type", "sample", "epsilon or v_prediction");
        check.finish();
    }

    /**
     * Starts a configuration from the defaults of diffusers' script.
     *
     * @return a builder; model and data must be set
     */
    public static TrainingConfigBuilder builder() {
        return new TrainingConfigBuilder();
    }

    /**
     * Returns the learning rate that the run peaks at.
     *
     * @return the rate, scaled if {@code scaleLr} is set
     */
    public double effectiveLearningRate() {
        return scaleLr ? learningRate * gradientAccumulationSteps * trainBatchSize : learningRate;
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
     * Returns the settings of the optimizer.
     *
     * @return those that do not change from step to step
     */
    public AdamW.Settings optimizerSettings() {
        return new AdamW.Settings(adamBeta1, adamBeta2, adamWeightDecay, adamEpsilon);
    }

    /**
     * Writes the configuration with the names of the flags, to be kept beside the model.
     *
     * @return one field for each value that is set
     */
    public JsonObject toJson() {
        return TrainingConfigJson.write(this);
    }
}
