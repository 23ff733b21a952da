package dev.text2image.training;

import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.torch.Torch;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Loads the base model's networks with adapters, new ones or those of a checkpoint.
 *
 * @param base the base model
 * @param checkpoint the checkpoint to go on from, or null
 * @param layers the adapters of each model that is trained
 * @param dropout share of the adapters' inputs that is left out while training
 * @param options device and precision of the base model
 */
record AdaptedModels(
        PipelineDirectory base,
        @Nullable Path checkpoint,
        Map<LoraComponent, Map<String, LowRank>> layers,
        double dropout,
        ModelOptions options) {
    /** Chooses the layers, and seeds the generator that new adapters are drawn with, those of the UNet first. */
    static AdaptedModels of(
            PipelineDirectory base, @Nullable Path checkpoint, TrainingConfig config, ModelOptions options) {
        LoraConfig lora = Objects.requireNonNull(config.lora());
        Map<LoraComponent, Map<String, LowRank>> layers = lora.layersOf(
                ModelOutline.readUnet(base.unet()),
                config.trainTextEncoder() ? ModelOutline.readTextEncoder(base.textEncoder()) : null);
        Torch.seed(config.seed());
        return new AdaptedModels(base, checkpoint, layers, lora.loraDropout(), options);
    }

    UNet2DConditionModel unet() {
        Weights saved = saved(LoraComponent.UNET, ModelOutline.readUnet(base.unet()));
        return UNet2DConditionModel.fromPretrained(base.unet(), options, sizes(LoraComponent.UNET), dropout, saved);
    }

    CLIPTextModel textEncoder() {
        Weights saved = saved(LoraComponent.TEXT_ENCODER, ModelOutline.readTextEncoder(base.textEncoder()));
        Map<String, LowRank> sizes = sizes(LoraComponent.TEXT_ENCODER);
        return CLIPTextModel.fromPretrained(base.textEncoder(), options, sizes, dropout, saved);
    }

    private Map<String, LowRank> sizes(LoraComponent component) {
        return Objects.requireNonNull(layers.get(component));
    }

    private @Nullable Weights saved(LoraComponent component, ModelOutline<?> outline) {
        if (checkpoint == null) {
            return null;
        }
        Path directory = checkpoint.resolve(TrainedWeights.OfAdapters.folder(component));
        return LoraFile.open(directory)
                .read(component, outline.layers(), options.device())
                .weights(sizes(component));
    }
}
