package dev.text2image.pipelines;

import static dev.text2image.pipelines.GenerationRequest.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * A request as one model carries it out, all values known and checked.
 *
 * @param latentShape shape of the initial latents (n, c, h, w)
 * @param scheduler the sampler
 * @param start the sampler's state before the first call of the UNet
 * @param guidance how strongly prompts are followed
 */
record SamplingPlan(Shape latentShape, Scheduler scheduler, SamplingState start, Guidance guidance) {
    /**
     * Fits a request to a model.
     *
     * @throws dev.text2image.io.InvalidInputException if it does not fit
     */
    static SamplingPlan of(GenerationRequest request, PipelineParts parts, Scheduler scheduler) {
        int most = scheduler.config().numTrainTimesteps();
        int steps = request.numInferenceSteps();
        require(steps <= most, "num_inference_steps", steps, "from 1 to " + most + ", the model's number of timesteps");
        int layers = parts.textEncoder().config().numHiddenLayers();
        int skipped = request.clipSkip();
        require(skipped <= layers, "clip_skip", skipped, "from 0 to " + layers + ", the text encoder's layers");
        Guidance guidance = new Guidance(request.guidanceScale(), request.guidanceRescale());
        checkEmbeddings(request, parts, guidance.isActive());
        Scheduler chosen = withEta(scheduler, request.eta());
        SamplingState start = chosen.start(steps);
        int passedOver = request.initImage() == null ? 0 : steps - request.stepsFromImage();
        return new SamplingPlan(
                latentShape(request, parts), chosen, start.startingAt(passedOver * chosen.order()), guidance);
    }

    private static void checkEmbeddings(GenerationRequest request, PipelineParts parts, boolean guided) {
        NDArray prompts = request.promptEmbeds();
        NDArray negatives = request.negativePromptEmbeds();
        int size = parts.unet().config().crossAttentionDim();
        long length = prompts == null ? parts.tokenizer().maxLength() : prompts.size(1);
        checkShape("prompt_embeds", prompts, request.promptCount(), length, size);
        if (guided && negatives == null) {
            require(
                    length == parts.tokenizer().maxLength(),
                    "the length of prompt_embeds",
                    length,
                    parts.tokenizer().maxLength() + " beside a negative prompt in words; give negative_prompt_embeds");
        }
        checkShape("negative_prompt_embeds", negatives, request.promptCount(), length, size);
    }

    private static void checkShape(String name, @Nullable NDArray embeds, int prompts, long length, int size) {
        if (embeds != null) {
            Shape expected = new Shape(prompts, length, size);
            require(embeds.getShape().equals(expected), "the shape of " + name, embeds.getShape(), expected);
        }
    }

    private static Scheduler withEta(Scheduler scheduler, double eta) {
        if (eta == 0) {
            return scheduler;
        }
        if (scheduler instanceof DDIMScheduler ddim) {
            return ddim.withEta(eta);
        }
        String name = scheduler.config().className();
        require(false, "eta", eta, "0 for " + name + "; only DDIMScheduler takes it");
        return scheduler;
    }

    private static Shape latentShape(GenerationRequest request, PipelineParts parts) {
        int channels = parts.unet().config().inChannels();
        int factor = parts.vae().config().downsamplingFactor();
        long height = edge("height", request.height(), factor, usual(request, parts, 2));
        long width = edge("width", request.width(), factor, usual(request, parts, 3));
        Shape shape = new Shape(request.imageCount(), channels, height, width);
        NDArray given = request.latents();
        require(
                given == null || given.getShape().equals(shape),
                "the shape of latents",
                given == null ? null : given.getShape(),
                shape + ": images, channels, height / " + factor + ", width / " + factor);
        return shape;
    }

    /** The size of a dimension of the latents if it was not asked for: that of what the run starts from, or else the model's. */
    private static long usual(GenerationRequest request, PipelineParts parts, int dimension) {
        NDArray latents = request.latents();
        if (latents != null && latents.getShape().dimension() == 4) {
            return latents.size(dimension);
        }
        BufferedImage image = request.initImage();
        if (image != null) {
            int pixels = dimension == 2 ? image.getHeight() : image.getWidth();
            return Math.max(1, pixels / parts.vae().config().downsamplingFactor());
        }
        return parts.unet().config().sampleSize();
    }

    private static long edge(String name, @Nullable Integer pixels, int factor, long absent) {
        if (pixels == null) {
            return absent;
        }
        int below = Math.max(factor, pixels / factor * factor);
        require(
                pixels % factor == 0,
                name,
                pixels,
                "a multiple of " + factor + ", for example " + below + " or " + (below + factor));
        return pixels / factor;
    }
}
