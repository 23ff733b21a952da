package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.RgbImage;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.torch.Scalars;
import dev.text2image.torch.TorchScript;

/** From latents to pixels. */
final class LatentImages {
    /** As {@link dev.text2image.data.images.Images#fromTensor}, where the numbers are: bytes are what leaves a GPU. */
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def quantize(self, x: Tensor) -> List[Tensor]:
              shares = torch.nan_to_num(torch.clamp(torch.add(torch.mul(x, 0.5), 0.5), 0., 1.), 0.)
              samples = torch.to(torch.round(torch.mul(shares, 255.)), 0)
              return [torch.contiguous(torch.permute(samples, [0, 2, 3, 1]))]
            """);

    private LatentImages() {}

    /**
     * Decodes latents to samples of 8 bits.
     *
     * @param vae the autoencoder
     * @param latents (b, c, h, w), scaled as the UNet sees them
     * @return images (b, h·f, w·f, 3), unsigned bytes, attached to the manager of {@code latents}
     */
    static NDArray decodeToSamples(AutoencoderKL vae, NDArray latents) {
        try (NDArray images = decode(vae, latents)) {
            return quantize(images);
        }
    }

    /** From numbers (b, 3, h, w) about [-1, 1] to samples (b, h, w, 3). */
    static NDArray quantize(NDArray images) {
        return SCRIPT.call(images.getManager(), "quantize", images).singletonOrThrow();
    }

    /** Reads the samples of one image (1, h, w, 3). */
    static RgbImage image(NDArray samples) {
        Shape shape = samples.getShape();
        return RgbImage.of(Math.toIntExact(shape.get(2)), Math.toIntExact(shape.get(1)), samples.toByteArray());
    }

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
            NDArray unscaled = Scalars.div(latents, vae.config().scalingFactor());
            unscaled.attach(scratch);
            NDArray images = vae.decode(unscaled);
            images.attach(owner);
            return images;
        }
    }
}
