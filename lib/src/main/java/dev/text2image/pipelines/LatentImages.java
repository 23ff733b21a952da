package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.AutoencoderKL;

/** From latents to pixels. */
final class LatentImages {
    private LatentImages() {}

    /**
     * Decodes latents.
     *
     * @param vae the autoencoder
     * @param latents (b, c, h, w), scaled as the UNet sees them
     * @return images (b, 3, h·f, w·f) about [-1, 1], attached to the manager of {@code latents}
     */
    static NDArray decode(AutoencoderKL vae, NDArray latents) {
        NDManager owner = latents.getManager();
        try (NDManager scratch = owner.newSubManager()) {
            NDArray unscaled = latents.div(vae.config().scalingFactor());
            unscaled.attach(scratch);
            NDArray images = vae.decode(unscaled);
            images.attach(owner);
            return images;
        }
    }
}
