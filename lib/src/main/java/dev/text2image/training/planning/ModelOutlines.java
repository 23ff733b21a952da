package dev.text2image.training.planning;

import com.google.gson.JsonObject;
import dev.text2image.io.JsonFields;
import dev.text2image.lora.LoraComponent;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.nn.graph.Adapters;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The models of a run before they are loaded. */
record ModelOutlines(
        ModelOutline<UNet2DConditionConfig> unet,
        ModelOutline<AutoencoderKLConfig> vae,
        ModelOutline<CLIPTextConfig> textEncoder) {
    /** The shape of Stable Diffusion 1.5, whose configurations have the defaults of diffusers but for a few values. */
    static ModelOutlines stableDiffusion() {
        return new ModelOutlines(
                ModelOutline.unet(UNet2DConditionConfig.fromJson(fields(Map.of("cross_attention_dim", 768)))),
                ModelOutline.vae(AutoencoderKLConfig.fromJson(fields(Map.of()))),
                ModelOutline.textEncoder(CLIPTextConfig.fromJson(
                        fields(Map.of("hidden_size", 768, "intermediate_size", 3072, "num_attention_heads", 12)))));
    }

    private static JsonFields fields(Map<String, Integer> values) {
        JsonObject json = new JsonObject();
        values.forEach(json::addProperty);
        return JsonFields.of(Path.of("Stable Diffusion 1.5"), json);
    }

    /** The adapters that are trained instead of the models' own weights; none without LoRA. */
    Map<LoraComponent, Adapters> adapters(TrainingConfig config) {
        LoraConfig lora = config.lora();
        if (lora == null) {
            return Map.of();
        }
        Map<LoraComponent, Adapters> adapters = new EnumMap<>(LoraComponent.class);
        lora.layersOf(unet, config.trainTextEncoder() ? textEncoder : null).forEach((component, layers) -> {
            ModelOutline<?> model = component == LoraComponent.UNET ? unet : textEncoder;
            adapters.put(component, model.adapters(layers, lora.loraDropout()));
        });
        return adapters;
    }

    /** The numbers in each trained tensor. */
    List<Long> trainedSizes(TrainingConfig config) {
        if (config.lora() != null) {
            return adapters(config).values().stream()
                    .flatMap(adapters -> adapters.namedParameters().values().stream())
                    .map(parameter -> parameter.shape().size())
                    .toList();
        }
        List<Long> sizes = new ArrayList<>(unet.parameterSizes());
        if (config.trainTextEncoder()) {
            sizes.addAll(textEncoder.parameterSizes());
        }
        return sizes;
    }
}
