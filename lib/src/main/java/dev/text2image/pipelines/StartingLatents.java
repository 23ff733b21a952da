package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Interpolation;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.DiagonalGaussianDistribution;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.torch.Scalars;
import java.awt.image.BufferedImage;

/** What a run starts from: noise, or an image with noise (SDEdit, arXiv 2108.01073). */
final class StartingLatents {
    private StartingLatents() {}

    /**
     * Makes the latents.
     *
     * @param manager owner of the result, on the UNet's device
     * @param request what to draw
     * @param plan the shape and the first state
     * @param vae the autoencoder
     * @param noise where random numbers come from, in diffusers' order
     * @return latents at the noise level of the first state
     */
    static NDArray of(
            NDManager manager, GenerationRequest request, SamplingPlan plan, AutoencoderKL vae, NoiseSource noise) {
        BufferedImage image = request.initImage();
        SamplingState start = plan.start();
        if (image != null) {
            return noisy(encode(manager, image, request, plan, vae, noise), plan, noise);
        }
        NDArray given = request.latents();
        if (given == null) {
            return Scalars.mul(noise.draw(manager, plan.latentShape()), start.initNoiseSigma());
        }
        NDArray moved = given.toDevice(manager.getDevice(), true);
        moved.attach(manager);
        return Scalars.mul(moved.toType(DataType.FLOAT32, false), start.initNoiseSigma());
    }

    private static NDArray noisy(NDArray image, SamplingPlan plan, NoiseSource noise) {
        Shape shape = plan.latentShape();
        return plan.start().level().addNoise(image.broadcast(shape), noise.draw(image.getManager(), shape));
    }

    /** The image's latents: one for all images of the run, or one for each that has a seed of its own. */
    private static NDArray encode(
            NDManager manager,
            BufferedImage image,
            GenerationRequest request,
            SamplingPlan plan,
            AutoencoderKL vae,
            NoiseSource noise) {
        Shape shape = plan.latentShape();
        int factor = vae.config().downsamplingFactor();
        RgbImage resized = Images.resize(
                Images.fromBufferedImage(image, Transparency.DROP),
                Math.toIntExact(shape.get(3)) * factor,
                Math.toIntExact(shape.get(2)) * factor,
                Interpolation.LANCZOS);
        NDArray pixels = Images.toTensor(manager, resized).expandDims(0); // (1, 3, h, w)
        DiagonalGaussianDistribution posterior = vae.encode(pixels);
        Shape draws = request.seeds().isEmpty() ? new Shape(1).addAll(shape.slice(1)) : shape;
        return Scalars.mul(
                posterior.sample(noise.draw(manager, draws)), vae.config().scalingFactor());
    }
}
