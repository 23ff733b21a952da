package dev.text2image.lora;

/** The forms of LoRA files, by the names of their tensors. */
public enum LoraFormat {
    /** {@code unet.….to_q.lora.down.weight}; what diffusers' training scripts write. */
    DIFFUSERS("diffusers"),
    /** {@code unet.….to_q.lora_A.weight}. */
    PEFT("peft"),
    /** {@code ….attn1.processor.to_q_lora.down.weight}; diffusers up to 0.16. */
    OLD_DIFFUSERS("diffusers up to 0.16"),
    /** {@code lora_unet_…_to_q.lora_down.weight} and {@code .alpha}; kohya's scripts, and the user interfaces that read their files. */
    KOHYA("kohya");

    private final String title;

    LoraFormat(String title) {
        this.title = title;
    }

    /**
     * Returns a name for people.
     *
     * @return who writes this form
     */
    public String title() {
        return title;
    }
}
