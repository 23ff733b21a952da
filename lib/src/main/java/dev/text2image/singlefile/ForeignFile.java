package dev.text2image.singlefile;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.Set;

/** Files that people take for a Stable Diffusion model, told by names of tensors that only they have. */
enum ForeignFile {
    SDXL("is a model of Stable Diffusion XL", "conditioner\\.embedders\\..*"),
    SD3("is a model of Stable Diffusion 3", "(.*\\.)?joint_blocks\\.0\\..*"),
    FLUX("is a model of Flux", "(.*\\.)?double_blocks\\.0\\..*"),
    LORA(
            "holds low-rank adapters (LoRA), no model; load it beside a model with --lora",
            ".*(lora_|\\.lora\\.|\\.hada_|\\.lokr_).*"),
    CONTROL_NET("is a ControlNet", "(control_model|controlnet_cond_embedding)\\..*"),
    EMBEDDING("is a learned word (textual inversion)", "emb_params|string_to_param\\..*|clip_l"),
    PART(
            "holds one part of a model with the names of diffusers; its place is a folder of a model's directory, beside a"
                    + " config.json",
            "(encoder\\.)?down_blocks\\.0\\..*|(text_model\\.)?encoder\\.layers\\.0\\..*");

    private final String description;
    private final String name;

    /** Takes what such a file is, and a pattern of the names that tell it. */
    ForeignFile(String description, String name) {
        this.description = description;
        this.name = name;
    }

    /**
     * Refuses a file that is one of these.
     *
     * @param file the file
     * @param names the names of its tensors
     * @throws InvalidInputException if it is; the message says what it is
     */
    static void refuse(Path file, Set<String> names) {
        for (ForeignFile kind : values()) {
            if (names.stream().anyMatch(name -> name.matches(kind.name))) {
                throw new InvalidInputException(file + " " + kind.description
                        + ". Expected is a model of Stable Diffusion 1 or 2 in one safetensors file.");
            }
        }
    }
}
