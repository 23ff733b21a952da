package dev.text2image.pipelines;

import ai.djl.ndarray.types.Shape;
import dev.text2image.lora.LoraComponent;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.PretrainedModel;
import dev.text2image.models.UNet2DConditionModel;
import java.util.Map;

/**
 * The models of a directory that LoRA files change.
 *
 * @param directory the directory
 */
public record LoraModels(PipelineDirectory directory) {
    /**
     * Lists the layers of a model.
     *
     * @param component the model
     * @return the shapes of the layers' weights, see {@link ModelOutline#layers}
     */
    public Map<String, Shape> layers(LoraComponent component) {
        ModelOutline<?> outline = component == LoraComponent.UNET
                ? ModelOutline.readUnet(directory.unet())
                : ModelOutline.readTextEncoder(directory.textEncoder());
        return outline.layers();
    }

    /**
     * Loads a model.
     *
     * @param component the model
     * @param options device, number formats and variant
     * @return the model, to be closed by the caller
     */
    public PretrainedModel load(LoraComponent component, ModelOptions options) {
        return component == LoraComponent.UNET
                ? UNet2DConditionModel.fromPretrained(directory.unet(), options)
                : CLIPTextModel.fromPretrained(directory.textEncoder(), options);
    }
}
