package dev.text2image.lora;

import java.util.List;

/** The models of a pipeline that LoRA files change. */
public enum LoraComponent {
    /** The UNet. */
    UNET("unet", "UNet", "unet", ".lora"),
    /** The text encoder. */
    TEXT_ENCODER("text_encoder", "text encoder", "te", ".lora_linear_layer");

    private static final List<String> OLD_NAMES = List.of("q", "k", "v", "out");
    private static final List<String> UNET_ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");
    private static final List<String> TEXT_ATTENTION = List.of("q_proj", "k_proj", "v_proj", "out_proj");
    private static final List<String> UNET_FEED_FORWARD = List.of("ff.net.0.proj", "ff.net.2");
    private static final List<String> TEXT_FEED_FORWARD = List.of("mlp.fc1", "mlp.fc2");

    private final String prefix;
    private final String title;
    private final String kohyaName;
    private final String infix;

    LoraComponent(String prefix, String title, String kohyaName, String infix) {
        this.prefix = prefix;
        this.title = title;
        this.kohyaName = kohyaName;
        this.infix = infix;
    }

    /**
     * Returns the name that the component has in a pipeline.
     *
     * @return its folder, and what its keys begin with
     */
    public String prefix() {
        return prefix;
    }

    /** The name for people. */
    String title() {
        return title;
    }

    String kohyaName() {
        return kohyaName;
    }

    /** What stands between the name of an attention's layer and the part of its adapter. */
    String infix() {
        return infix;
    }

    /** The ends of the names of an attention's layers: queries, keys, values and outputs. */
    List<String> attention() {
        return this == UNET ? UNET_ATTENTION : TEXT_ATTENTION;
    }

    /** The ends of the names of the layers behind an attention. */
    List<String> feedForward() {
        return this == UNET ? UNET_FEED_FORWARD : TEXT_FEED_FORWARD;
    }

    /** Diffusers renames only the adapters of attentions; others keep the names that peft gives them. */
    boolean isAttention(String layer) {
        return attention().stream().anyMatch(layer::endsWith);
    }

    /** What kind of layer has an adapter, by its name with dots or underscores. */
    String kind(String layer, boolean convolution) {
        if (convolution) {
            return "convolutions";
        }
        String name = layer.replace('.', '_');
        if (attention().stream().anyMatch(end -> name.endsWith(end.replace('.', '_')))) {
            return "attention";
        }
        return feedForward().stream().anyMatch(end -> name.endsWith(end.replace('.', '_'))) ? "feed-forward" : "others";
    }

    /** The name of a layer of an attention, q, k, v or out. */
    String attentionLayer(String oldName) {
        return attention().get(OLD_NAMES.indexOf(oldName));
    }
}
