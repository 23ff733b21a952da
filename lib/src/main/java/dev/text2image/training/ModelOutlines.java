package dev.text2image.training;

import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.CLIPTextConfig;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.UNet2DConditionConfig;
import java.util.ArrayList;
import java.util.List;

/** The models of a run before they are loaded. */
record ModelOutlines(
        ModelOutline<UNet2DConditionConfig> unet,
        ModelOutline<AutoencoderKLConfig> vae,
        ModelOutline<CLIPTextConfig> textEncoder) {
    /** The numbers in each trained tensor. */
    List<Long> trainedSizes(TrainingConfig config) {
        List<Long> sizes = new ArrayList<>(unet.parameterSizes());
        if (config.trainTextEncoder()) {
            sizes.addAll(textEncoder.parameterSizes());
        }
        return sizes;
    }
}
