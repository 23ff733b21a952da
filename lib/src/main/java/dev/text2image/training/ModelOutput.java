package dev.text2image.training;

import dev.text2image.io.Json;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Schedulers;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.NonFinite;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a run gives: a model on the disk, or one to sample with.
 *
 * @param parts what the run consists of
 * @param config the run
 */
record ModelOutput(TrainingParts parts, TrainingConfig config) {
    private static final String SCHEDULER_FILE = "scheduler_config.json";

    /** Writes the fine-tuned model to the output directory; what was not trained is copied from the base model, bit by bit. */
    PipelineDirectory save() {
        TrainedModels models = parts.models();
        TrainingState state = parts.state();
        NonFinite.check(models.trainedTensors());
        Map<String, Consumer<Path>> trained = new HashMap<>();
        trained.put("unet", place -> models.unet().save(place, state.finalWeights(models.unet())));
        if (models.trainsTextEncoder()) {
            trained.put(
                    "text_encoder",
                    place -> models.textEncoder().save(place, state.finalWeights(models.textEncoder())));
        }
        SchedulerConfig scheduler = parts.trainedScheduler(config);
        if (!scheduler.equals(SchedulerConfig.fromJson(parts.base().schedulerConfig()))) {
            trained.put("scheduler", place -> Json.write(place.resolve(SCHEDULER_FILE), scheduler.toJson()));
        }
        return parts.base().copyWith(Path.of(config.outputDir()), trained);
    }

    /** Returns a pipeline that samples with the present weights, averaged if there is an average. */
    StableDiffusionPipeline pipeline() {
        TrainedModels models = parts.models();
        SchedulerConfig sampler =
                config.schedulerChanges().applyTo(parts.base().scheduler().config());
        return StableDiffusionPipeline.of(
                        models.unet(), models.vae(), models.textEncoder(), parts.tokenizer(), Schedulers.from(sampler))
                .withUnetWeights(parts.state().samplingWeights(models.unet()))
                .withTextEncoderWeights(parts.state().samplingWeights(models.textEncoder()));
    }
}
