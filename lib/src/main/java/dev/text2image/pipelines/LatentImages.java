package dev.text2image.pipelines;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.AutoencoderKL;
import java.awt.image.BufferedImage;

/** From latents to pixels. */
final class LatentImages {
    private LatentImages() {}

    /**
     * Decodes latents.
     *
     * @param vae the autoencoder
     * @param latents (b, c, h, w), scaled as the UNet sees them
     * @return images (b, 3, h·f, w·f) in [0, 1], attached to the manager of {@code latents}
     */
    static NDArray decode(AutoencoderKL vae, NDArray latents) {
        NDManager owner = latents.getManager();
        try (NDManager scratch = owner.newSubManager()) {
            NDArray unscaled = latents.div(vae.config().scalingFactor());
            unscaled.attach(scratch);
            NDArray images = vae.decode(unscaled).div(2).add(0.5f).clip(0, 1);
            images.attach(owner);
            return images;
        }
    }

    /**
     * Turns an image into bytes: times 255, halves rounded to even as NumPy does.
     *
     * @param image (1, 3, h, w) in [0, 1]
     * @return the image, of type {@link BufferedImage#TYPE_INT_RGB}
     */
    static BufferedImage toImage(NDArray image) {
        int height = Math.toIntExact(image.size(2));
        int width = Math.toIntExact(image.size(3));
        float[] values;
        try (NDArray host = image.toDevice(Device.cpu(), true)) {
            values = host.toFloatArray();
        }
        int plane = height * width;
        int[] rgb = new int[plane];
        for (int i = 0; i < plane; i++) {
            rgb[i] = level(values[i]) << 16 | level(values[plane + i]) << 8 | level(values[2 * plane + i]);
        }
        BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        result.setRGB(0, 0, width, height, rgb, 0, width);
        return result;
    }

    private static int level(float value) {
        return (int) Math.rint(value * 255f);
    }
}
