package dev.text2image.training.config;

import ai.djl.ndarray.types.Shape;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.TargetModules;
import dev.text2image.models.ModelOutline;
import dev.text2image.nn.LowRank;
import dev.text2image.training.config.Flag.Group;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a run that trains low-rank adapters (LoRA; Hu et al., 2021) of the UNet, and of the text encoder with
 * {@code train_text_encoder}, instead of their weights.
 *
 * <pre>{@code
 * TrainingConfig config = TrainingConfig.builder().lora(LoraConfig.ofRank(16)).learningRate(1e-3).build();
 * }</pre>
 */
@RecordBuilder
@RecordBuilder.Options(enableGetters = false, enableWither = false)
public record LoraConfig(
        @Flag(group = Group.LORA, value = "rank of the adapters", defaultValue = "4")
        int rank,

        @Flag(group = Group.LORA, value = "the adapters are multiplied by lora_alpha / rank; by default by 1") @Nullable
        Double loraAlpha,

        @Flag(group = Group.LORA, value = "share of the adapters' inputs that is left out", defaultValue = "0")
        double loraDropout,

        @Flag(
                group = Group.LORA,
                value =
                        "layers with adapters: attention, attention+feed-forward, convolutions, or ends of names such as to_q",
                defaultValue = TargetModules.ATTENTION)
        List<String> loraTargetModules) {
    /** Checks all values and reports everything that is wrong with them in one error. */
    public LoraConfig {
        loraTargetModules = List.copyOf(loraTargetModules);
        TrainingConfigCheck check = new TrainingConfigCheck();
        check.atLeast("rank", rank, 1);
        check.optionalPositive("lora_alpha", loraAlpha);
        check.within("lora_dropout", loraDropout, 0, Math.nextDown(1.0));
        check.require(!loraTargetModules.isEmpty(), "lora_target_modules", "empty", "one or more names");
        check.finish();
    }

    /**
     * Starts from the defaults of diffusers' train_text_to_image_lora.py.
     *
     * @return a builder with one method for each hyper-parameter
     */
    public static LoraConfigBuilder builder() {
        return LoraConfigBuilder.builder(ofRank(4));
    }

    /**
     * Adapts queries, keys, values and outputs of all attentions.
     *
     * @param rank the rank, at least 1
     * @return adapters that are multiplied by 1, without dropout
     * @throws dev.text2image.io.InvalidInputException for another rank
     */
    public static LoraConfig ofRank(int rank) {
        return new LoraConfig(rank, null, 0, List.of(TargetModules.ATTENTION));
    }

    /**
     * Chooses the layers of the models.
     *
     * @param unet the UNet
     * @param textEncoder the text encoder if it is trained too, else null
     * @return the adapters of each model by the name of their layer, in the order of the network
     * @throws dev.text2image.io.InvalidInputException if a name fits no layer, or the rank is larger than a layer's weight can have
     */
    public Map<LoraComponent, Map<String, LowRank>> layersOf(
            ModelOutline<?> unet, @Nullable ModelOutline<?> textEncoder) {
        Map<LoraComponent, Map<String, Shape>> models = new EnumMap<>(LoraComponent.class);
        models.put(LoraComponent.UNET, unet.layers());
        if (textEncoder != null) {
            models.put(LoraComponent.TEXT_ENCODER, textEncoder.layers());
        }
        return TargetModules.choose(loraTargetModules, models, new LowRank(rank, loraAlpha == null ? rank : loraAlpha));
    }
}
