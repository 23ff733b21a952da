package dev.text2image.pipelines;

import ai.djl.Device;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.WeightedLora;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts LoRA files into the weights of a model, which then needs them no longer. */
public final class LoraFusion {
    private LoraFusion() {}

    /**
     * Writes a copy of a model whose weights are changed by LoRA files. The same files with the opposite weights take the change back, up
     * to rounding.
     *
     * @param base the model
     * @param variant the variant of its weight files, or null for the plain ones
     * @param loras the files with their weights
     * @param target the new model's directory, as for {@link PipelineDirectory#copyWith(Path, Map)}; changed parts have float32 weights
     * @return the written model
     * @throws dev.text2image.io.InvalidInputException if a file cannot be read or was made for another model; nothing is written then
     */
    public static PipelineDirectory fuse(
            PipelineDirectory base, @Nullable String variant, List<WeightedLora> loras, Path target) {
        LoraModels models = new LoraModels(base);
        ModelOptions options = ModelOptions.defaults().withDevice(Device.cpu()).withVariant(variant);
        Map<String, Consumer<Path>> changed = new TreeMap<>();
        for (WeightedLora lora : loras) {
            for (LoraComponent component : lora.check(models::layers)) {
                changed.put(component.prefix(), place -> {
                    try (PretrainedModel model = models.load(component, options)) {
                        save(model, model.weights(), component, loras, place);
                    }
                });
            }
        }
        return base.copyWith(target, changed);
    }

    /** Adds one file after the other; each sum shares what is not changed with the one before, which stays open as long. */
    private static void save(
            PretrainedModel model, Weights weights, LoraComponent component, List<WeightedLora> loras, Path place) {
        if (loras.isEmpty()) {
            model.save(place, weights);
            return;
        }
        Weights sum = loras.get(0).addTo(component, model.layers(), weights);
        try {
            save(model, sum, component, loras.subList(1, loras.size()), place);
        } finally {
            if (sum != weights) {
                sum.close();
            }
        }
    }
}
