package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import org.jspecify.annotations.Nullable;

/**
 * A request as one model carries it out, all values known and checked.
 *
 * @param latentShape shape of the initial latents (n, c, h, w)
 * @param steps the number of steps
 * @param scheduler the sampler
 * @param guidance how strongly prompts are followed
 */
record SamplingPlan(Shape latentShape, int steps, Scheduler scheduler, Guidance guidance) {
    /**
     * Fits a request to a model.
     *
     * @throws dev.text2image.io.InvalidInputException if it does not fit
     */
    static SamplingPlan of(GenerationRequest request, PipelineParts parts, Scheduler scheduler) {
        int most = scheduler.config().numTrainTimesteps();
        int steps = request.numInferenceSteps();
        GenerationRequest.require(
                steps <= most, "num_inference_steps", steps, "from 1 to " + most + ", the model's number of timesteps");
        return new SamplingPlan(
                latentShape(request, parts),
                steps,
                withEta(scheduler, request.eta()),
                new Guidance(request.guidanceScale(), request.guidanceRescale()));
    }

    private static Scheduler withEta(Scheduler scheduler, double eta) {
        if (eta == 0) {
            return scheduler;
        }
        if (scheduler instanceof DDIMScheduler ddim) {
            return ddim.withEta(eta);
        }
        String name = scheduler.config().className();
        GenerationRequest.require(false, "eta", eta, "0 for " + name + "; only DDIMScheduler takes it");
        return scheduler;
    }

    private static Shape latentShape(GenerationRequest request, PipelineParts parts) {
        long images = (long) request.prompts().size() * request.numImagesPerPrompt();
        int channels = parts.unet().config().inChannels();
        int usual = parts.unet().config().sampleSize();
        int factor = parts.vae().config().downsamplingFactor();
        NDArray latents = request.latents();
        Shape given = latents == null ? null : latents.getShape();
        long height = edge(
                "height", request.height(), factor, given != null && given.dimension() == 4 ? given.get(2) : usual);
        long width =
                edge("width", request.width(), factor, given != null && given.dimension() == 4 ? given.get(3) : usual);
        Shape shape = new Shape(images, channels, height, width);
        GenerationRequest.require(
                given == null || given.equals(shape),
                "the shape of latents",
                given,
                shape + ": images, channels, height / " + factor + ", width / " + factor);
        return shape;
    }

    private static long edge(String name, @Nullable Integer pixels, int factor, long absent) {
        if (pixels == null) {
            return absent;
        }
        int below = Math.max(factor, pixels / factor * factor);
        GenerationRequest.require(
                pixels % factor == 0,
                name,
                pixels,
                "a multiple of " + factor + ", for example " + below + " or " + (below + factor));
        return pixels / factor;
    }
}
