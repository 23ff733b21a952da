package dev.text2image.training.planning;

import dev.text2image.io.SafeTensorsFile;
import dev.text2image.lora.LoraFile;
import dev.text2image.models.ModelOutline;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.Checkpoints;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Checks the files of a run's models by their headers, and reports everything that is wrong with them. */
final class ModelCheck {
    private final TrainingConfig config;
    private final PipelineDirectory base;
    private final @Nullable Path resumed;
    private final Problems problems;

    ModelCheck(TrainingConfig config, PipelineDirectory base, @Nullable Path resumed, Problems problems) {
        this.config = config;
        this.base = base;
        this.resumed = resumed;
        this.problems = problems;
    }

    /** Returns the models' outlines, or null if one of them cannot be used. */
    @Nullable
    ModelOutlines run() {
        scheduler();
        LoraConfig lora = config.lora();
        var unet = lora == null
                ? outline(trained("unet"), null, ModelOutline::readUnet)
                : outline(base.unet(), config.variant(), ModelOutline::readUnet);
        var vae = outline(base.vae(), config.variant(), ModelOutline::readVae);
        boolean trainsText = config.trainTextEncoder();
        var text = trainsText && lora == null
                ? outline(trained("text_encoder"), null, ModelOutline::readTextEncoder)
                : outline(base.textEncoder(), config.variant(), ModelOutline::readTextEncoder);
        if (unet == null || vae == null || text == null) {
            return null;
        }
        problems.check(base::checkParts);
        if (lora != null && problems.find(() -> lora.layersOf(unet, trainsText ? text : null)) == null) {
            return null;
        }
        if (resumed != null) {
            problems.check(() -> SafeTensorsFile.open(resumed.resolve(Checkpoints.OPTIMIZER_FILE))
                    .close());
            if (lora != null) {
                problems.check(() -> LoraFile.open(resumed.resolve("unet_lora")));
                if (trainsText) {
                    problems.check(() -> LoraFile.open(resumed.resolve("text_encoder_lora")));
                }
            } else if (config.useEma()) {
                problems.check(() -> unet.checkWeights(resumed.resolve("unet_ema"), null));
            }
        }
        problems.check(() -> vae.config().checkResolution(config.resolution()));
        return new ModelOutlines(unet, vae, text);
    }

    private Path trained(String folder) {
        return (resumed == null ? base.path() : resumed).resolve(folder);
    }

    private <C> @Nullable ModelOutline<C> outline(
            Path directory, @Nullable String variant, Function<Path, ModelOutline<C>> reader) {
        ModelOutline<C> outline = problems.find(() -> reader.apply(directory));
        if (outline != null) {
            problems.check(() -> outline.checkWeights(directory, variant));
        }
        return outline;
    }

    private void scheduler() {
        SchedulerConfig scheduler = problems.find(() -> SchedulerConfig.fromJson(base.schedulerConfig()));
        if (scheduler == null) {
            return;
        }
        problems.check(() -> DDPMScheduler.from(scheduler));
        PredictionType chosen = config.predictionType();
        PredictionType prediction = chosen == null ? scheduler.predictionType() : chosen;
        problems.require(
                !config.dreamTraining() || prediction == PredictionType.EPSILON,
                "dream_training needs a model that predicts epsilon, but this one predicts " + prediction.jsonName()
                        + "; leave dream_training out.");
    }
}
