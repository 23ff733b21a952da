package dev.text2image.models;

import java.util.Optional;
import java.util.function.Function;

/**
 * The names that weight files use.
 *
 * @param file base of the file names
 * @param current gives the network's key for a tensor's name in a file, or empty for a tensor to be ignored
 */
record WeightNames(String file, Function<String, Optional<String>> current) {
    static final WeightNames DIFFUSERS = new WeightNames("diffusion_pytorch_model", Optional::of);
    static final WeightNames VAE = new WeightNames(DIFFUSERS.file, WeightNames::currentAttention);
    static final WeightNames CLIP = new WeightNames("model", WeightNames::prefixed);

    /** Old autoencoders call the layers of their attention otherwise. */
    private static Optional<String> currentAttention(String name) {
        if (!name.contains(".attentions.")) {
            return Optional.of(name);
        }
        return Optional.of(name.replace(".query.", ".to_q.")
                .replace(".key.", ".to_k.")
                .replace(".value.", ".to_v.")
                .replace(".proj_attn.", ".to_out.0."));
    }

    /** New text encoders leave the prefix out; the buffer position_ids of old ones holds 0, 1, 2, ... and is not needed. */
    private static Optional<String> prefixed(String name) {
        if (name.endsWith(".position_ids")) {
            return Optional.empty();
        }
        return Optional.of(name.startsWith("text_model.") ? name : "text_model." + name);
    }
}
