package dev.text2image.models.networks;

import com.google.gson.JsonObject;
import dev.text2image.io.JsonFields;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The shape of a {@link dev.text2image.models.CLIPTextModel}; fields and defaults are those of its config.json in transformers.
 *
 * @param vocabSize number of tokens
 * @param hiddenSize size of an embedding
 * @param intermediateSize hidden size of the feed-forward networks
 * @param numHiddenLayers number of layers
 * @param numAttentionHeads number of heads, a divisor of {@code hiddenSize}
 * @param maxPositionEmbeddings longest sequence
 * @param hiddenAct activation of the feed-forward networks
 * @param layerNormEps epsilon of the layer norms
 */
public record CLIPTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps) {
    /** The activation of a feed-forward network. */
    public enum Activation {
        /** x·sigmoid(1.702·x), the original CLIP's. */
        QUICK_GELU,
        /** The exact GELU, OpenCLIP's. */
        GELU
    }

    /**
     * Reads a configuration.
     *
     * @param fields the fields of text_encoder/config.json
     * @return the configuration
     * @throws dev.text2image.io.InvalidInputException if a field has a wrong type or a value that is not supported
     */
    public static CLIPTextConfig fromJson(JsonFields fields) {
        CLIPTextConfig config = new CLIPTextConfig(
                fields.intOr("vocab_size", 49408),
                fields.intOr("hidden_size", 512),
                fields.intOr("intermediate_size", 2048),
                fields.intOr("num_hidden_layers", 12),
                fields.intOr("num_attention_heads", 8),
                fields.intOr("max_position_embeddings", 77),
                fields.stringOr("hidden_act", "quick_gelu").equals("gelu") ? Activation.GELU : Activation.QUICK_GELU,
                fields.doubleOr("layer_norm_eps", 1e-5));
        new SupportedValues("text encoder", fields)
                .only("model_type", "\"clip_text_model\"")
                .only("hidden_act", "\"quick_gelu\"", "\"gelu\"")
                .layers("num_hidden_layers", config.numHiddenLayers)
                .require(
                        config.hiddenSize % config.numAttentionHeads == 0,
                        "num_attention_heads is " + config.numAttentionHeads + ", supported: a divisor of "
                                + config.hiddenSize)
                .check();
        return config;
    }

    /**
     * Writes the configuration as transformers reads it.
     *
     * @return the content of text_encoder/config.json
     */
    public JsonObject toJson() {
        Map<String, ?> fixed = Map.of(
                "architectures",
                List.of("CLIPTextModel"),
                "bos_token_id",
                0,
                "eos_token_id",
                2,
                "hidden_act",
                hiddenAct.name().toLowerCase(Locale.ROOT),
                "model_type",
                "clip_text_model",
                "pad_token_id",
                1);
        return ConfigJson.of(this, fixed);
    }
}
