package dev.text2image.training.commands;

import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.HubFlags;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.LearningRateSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a person should know about a command that is correct: flags that do nothing together. */
final class CommandNotes {
    private final List<String> notes = new ArrayList<>();

    private CommandNotes() {}

    /**
     * Looks through a command.
     *
     * @param given the names of the flags that were given
     * @param config what they make
     * @param hub whether and where the result is published
     * @return one sentence for each thing to know
     */
    static List<String> on(Set<String> given, TrainingConfig config, HubFlags hub) {
        CommandNotes notes = new CommandNotes();
        notes.onDirectories(config);
        notes.onLearningRate(given, config);
        notes.onSteps(given, config);
        notes.onHub(hub);
        return List.copyOf(notes.notes);
    }

    private void add(boolean applies, String note) {
        if (applies) {
            notes.add(note);
        }
    }

    private void onDirectories(TrainingConfig config) {
        String data = config.datasetName();
        add(
                data != null && config.trainDataDir() != null,
                "train_data_dir is looked for inside dataset_name, as both are given.");
    }

    private void onLearningRate(Set<String> given, TrainingConfig config) {
        boolean constant = config.lrScheduler() == LearningRateSchedule.Kind.CONSTANT;
        add(
                given.contains("lr_warmup_steps") && config.lrWarmupSteps() > 0 && constant,
                "lr_warmup_steps has no effect with the constant schedule; constant_with_warmup has a warm-up.");
        add(
                config.textEncoderLr() != null && !config.trainTextEncoder(),
                "text_encoder_lr has no effect without train_text_encoder.");
        add(
                config.scaleLr(),
                String.format(
                        Locale.ROOT,
                        "scale_lr makes the learning rate %.3g x %d x %d%s = %.3g.",
                        config.learningRate(),
                        config.gradientAccumulationSteps(),
                        config.trainBatchSize(),
                        config.processes() == 1 ? "" : " x " + config.processes(),
                        config.effectiveLearningRate()));
    }

    private void onHub(HubFlags hub) {
        add(
                !hub.pushToHub() && !hub.equals(HubFlags.NONE),
                "Nothing is put on the hub, as push_to_hub is not given; the other flags of the hub have no effect.");
    }

    private void onSteps(Set<String> given, TrainingConfig config) {
        Integer steps = config.maxTrainSteps();
        add(
                steps != null && given.contains("num_train_epochs"),
                "num_train_epochs has no effect, as max_train_steps is given too.");
        add(
                steps != null && config.checkpointingSteps() > steps,
                "No checkpoint will be written: checkpointing_steps is " + config.checkpointingSteps()
                        + ", more than max_train_steps.");
        add(
                config.gradientAccumulationSteps() > 1 && !config.diffusersCompatible(),
                "A short last group of an epoch is divided by its own number of micro-batches; diffusers_compatible"
                        + " divides it by gradient_accumulation_steps, as diffusers does.");
        add(
                given.contains("cache_dir")
                        && config.cacheLatents() != CacheMode.DISK
                        && config.cacheTextEmbeddings() != CacheMode.DISK,
                "cache_dir has no effect: downloads are kept where HF_HOME says, and neither cache_latents nor cache_text_embeddings is"
                        + " disk.");
    }
}
