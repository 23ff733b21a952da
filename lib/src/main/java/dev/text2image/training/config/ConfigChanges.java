package dev.text2image.training.config;

import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** What of a configuration may differ when a run goes on. */
public final class ConfigChanges {
    private static final List<String> FIXED_AT_START = List.of(
            "train_text_encoder",
            "use_ema",
            "seed",
            "resolution",
            "gradient_accumulation_steps",
            "max_train_samples",
            "caption_template",
            "weighted_captions",
            "prior_data_dir",
            "skip_broken_images",
            "validation_samples",
            "use_8bit_adam",
            "prediction_type",
            "rescale_betas_zero_snr",
            "rank",
            "lora_alpha",
            "lora_dropout",
            "lora_target_modules");
    private static final Set<String> CHANGEABLE = Set.of(
            "num_train_epochs",
            "max_train_steps",
            "learning_rate",
            "text_encoder_lr",
            "lr_scheduler",
            "lr_warmup_steps",
            "lr_num_cycles",
            "lr_power",
            "lr_step_rules",
            "scale_lr",
            "max_grad_norm",
            "snr_gamma",
            "prior_loss_weight",
            "dream_training",
            "dream_detail_preservation",
            "gradient_checkpointing",
            "checkpointing_steps",
            "checkpoints_total_limit",
            "keep_best_checkpoint",
            "validation_prompts",
            "validation_epochs",
            "validation_steps");

    private ConfigChanges() {}

    /**
     * Checks that a run can go on from a checkpoint with the same bits.
     *
     * @param checkpoint the checkpoint, to be named in the error
     * @param saved the configuration that it was written with
     * @param config the configuration of the run
     * @throws InvalidInputException listing every hyper-parameter that decides about data, noise or what is trained and differs
     */
    public static void checkResumed(Path checkpoint, TrainingConfig saved, TrainingConfig config) {
        List<String> names = new ArrayList<>(FIXED_AT_START);
        if (config.skipBrokenImages()) {
            names.add("check_images"); // which decides what is left out, and so the order of the rest
        }
        List<String> differences = new ArrayList<>(differences(saved.toJson(), config.toJson(), names));
        if (saved.globalBatchSize() != config.globalBatchSize()) {
            differences.add("train_batch_size was " + batchSize(saved) + " and is " + batchSize(config));
        }
        if (!differences.isEmpty()) {
            throw new InvalidInputException("The run cannot go on from " + checkpoint + ": "
                    + String.join("; ", differences) + ". Use the same values, or another output_dir.");
        }
    }

    /**
     * Checks that a run that has started can go on with another configuration.
     *
     * @param before the configuration until now
     * @param after the configuration from now on
     * @throws InvalidInputException listing every hyper-parameter that is used only when a run starts and differs
     */
    public static void checkReconfigured(TrainingConfig before, TrainingConfig after) {
        List<String> names = TrainingFlags.all().stream()
                .map(TrainingFlag::name)
                .filter(name -> !CHANGEABLE.contains(name))
                .toList();
        List<String> differences = differences(before.toJson(), after.toJson(), names);
        if (!differences.isEmpty()) {
            throw new InvalidInputException("A run that has started keeps these values: "
                    + String.join("; ", differences) + ". Start another run for them.");
        }
    }

    /** Several devices may take the images of one, or of another number of devices. */
    private static String batchSize(TrainingConfig config) {
        return config.trainBatchSize()
                + (config.processes() == 1 ? "" : " on each of " + config.processes() + " devices");
    }

    private static List<String> differences(JsonObject before, JsonObject after, List<String> names) {
        return names.stream()
                .filter(name -> !Objects.equals(before.get(name), after.get(name)))
                .map(name -> name + " was " + before.get(name) + " and is " + after.get(name))
                .toList();
    }
}
