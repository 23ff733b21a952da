package dev.text2image.lora;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The base models that LoRA files are made for, known by the width of their text embeddings. */
public enum LoraBase {
    /** Stable Diffusion 1.x. */
    STABLE_DIFFUSION_1(
            "Stable Diffusion 1.x",
            768,
            "sd_v1",
            "{'cross_attention_dim': 768}",
            "{'hidden_size': 768, 'intermediate_size': 3072, 'num_attention_heads': 12}"),
    /** Stable Diffusion 2.x. */
    STABLE_DIFFUSION_2(
            "Stable Diffusion 2.x",
            1024,
            "sd_v2",
            "{'cross_attention_dim': 1024, 'attention_head_dim': [5, 10, 20, 20], 'use_linear_projection': true}",
            "{'hidden_size': 1024, 'intermediate_size': 4096, 'num_attention_heads': 16, 'num_hidden_layers': 23,"
                    + " 'hidden_act': 'gelu'}"),
    /** Stable Diffusion XL, of which files are recognized only. */
    STABLE_DIFFUSION_XL("Stable Diffusion XL", 2048, "sdxl_base_v1-0", "", "");

    private final String title;
    private final long width;
    private final String kohyaName;
    private final String unet;
    private final String textEncoder;

    LoraBase(String title, long width, String kohyaName, String unet, String textEncoder) {
        this.title = title;
        this.width = width;
        this.kohyaName = kohyaName;
        this.unet = unet;
        this.textEncoder = textEncoder;
    }

    /**
     * Returns a name for people.
     *
     * @return the name of the family
     */
    public String title() {
        return title;
    }

    /** What kohya's scripts call the family in the headers of their files. */
    String kohyaName() {
        return kohyaName;
    }

    /**
     * Finds a family.
     *
     * @param width the width of the text embeddings
     * @return the family, if one is known that has this width
     */
    public static Optional<LoraBase> ofWidth(long width) {
        return Arrays.stream(values()).filter(base -> base.width == width).findFirst();
    }

    /** The width of the text embeddings that a model or its adapters take, as far as the layers show it: (out, in) by name. */
    static OptionalLong widthOf(Map<String, Shape> layers) {
        return layers.entrySet().stream()
                .filter(layer -> layer.getKey().replace('.', '_').matches(".*(attn2_to_[kv]|self_attn_[qkv]_proj)"))
                .mapToLong(layer -> layer.getValue().get(1))
                .findFirst();
    }

    /** Says which models have text embeddings of a width. */
    static String describe(long width) {
        return ofWidth(width)
                .map(base -> base.title + " (text embeddings of width " + width + ")")
                .orElse("a model with text embeddings of width " + width);
    }

    /**
     * Lists the layers of a model of this family.
     *
     * @param component the model
     * @return the shape of each layer's weight by the layer's name, as of {@link ModelOutline#layers}
     * @throws InvalidInputException for Stable Diffusion XL
     */
    public Map<String, Shape> layers(LoraComponent component) {
        if (unet.isEmpty()) {
            throw new InvalidInputException(
                    "The file is for " + title + ", which is not supported; Stable Diffusion 1.x and 2.x are.");
        }
        return component == LoraComponent.UNET
                ? ModelOutline.unet(UNet2DConditionConfig.fromJson(fields(unet)))
                        .layers()
                : ModelOutline.textEncoder(CLIPTextConfig.fromJson(fields(textEncoder)))
                        .layers();
    }

    private JsonFields fields(String json) {
        return JsonFields.of(Path.of(title), new Gson().fromJson(json.replace('\'', '"'), JsonObject.class));
    }
}
