package dev.text2image.lora;

import java.util.List;

/** The models of a pipeline that LoRA files change. */
public enum LoraComponent {
    /** The UNet. */
    UNET("unet", "unet", ".lora"),
    /** The text encoder. */
    TEXT_ENCODER("text_encoder", "te", ".lora_linear_layer");

    private static final List<String> OLD_NAMES = List.of("q", "k", "v", "out");
    private static final List<String> UNET_NAMES = List.of("to_q", "to_k", "to_v", "to_out.0");
    private static final List<String> TEXT_NAMES = List.of("q_proj", "k_proj", "v_proj", "out_proj");

    private final String prefix;
    private final String kohyaName;
    private final String infix;

    LoraComponent(String prefix, String kohyaName, String infix) {
        this.prefix = prefix;
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

    String kohyaName() {
        return kohyaName;
    }

    /** What stands between the name of an attention's layer and the part of its adapter. */
    String infix() {
        return infix;
    }

    /** The ends of the names of an attention's layers. */
    private List<String> attention() {
        return this == UNET ? UNET_NAMES : TEXT_NAMES;
    }

    /** Diffusers renames only the adapters of attentions; others keep the names that peft gives them. */
    boolean isAttention(String layer) {
        return attention().stream().anyMatch(layer::endsWith);
    }

    /** The name of a layer of an attention, q, k, v or out. */
    String attentionLayer(String oldName) {
        return attention().get(OLD_NAMES.indexOf(oldName));
    }
}
