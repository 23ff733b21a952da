package dev.text2image.training.planning;

import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.training.config.TrainingConfig;
import java.util.Set;

/** The model that a run starts from. */
public final class BaseModel {
    private BaseModel() {}

    /**
     * Opens it, and downloads it before if it is named as on the hub.
     *
     * @param config the hyper-parameters
     * @return the model, which has the plain weights of what is trained, and of the rest the variant
     * @throws dev.text2image.io.InvalidInputException if there is none, or it is not complete
     */
    public static PipelineDirectory open(TrainingConfig config) {
        return PipelineDirectory.open(config.modelDirectory(), config.revision(), config.variant(), trained(config));
    }

    private static Set<String> trained(TrainingConfig config) {
        if (config.lora() != null) {
            return Set.of();
        }
        return config.trainTextEncoder() ? Set.of("unet", "text_encoder") : Set.of("unet");
    }
}
