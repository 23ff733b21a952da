package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import dev.text2image.io.InvalidInputException;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What to draw, and how; names and defaults are those of diffusers' {@code StableDiffusionPipeline}.
 *
 * @param prompts what the images show, at least one
 * @param negativePrompt what they do not show; counts for all prompts
 * @param numInferenceSteps the number of steps, from 1 to the number of timesteps in training
 * @param guidanceScale how strongly the images follow the prompts; 1 and less turn classifier-free guidance off
 * @param guidanceRescale how far guided predictions get back the spread of unguided ones, from 0 to 1 (arXiv 2305.08891)
 * @param eta noise that DDIM adds in each step, from 0 to 1; for other samplers 0
 * @param seed the seed of all random numbers; empty for one drawn from the engine's generator
 * @param height in pixels, a multiple of what one latent stands for (8 for Stable Diffusion); null for the model's own
 * @param width in pixels, likewise
 * @param numImagesPerPrompt the number of images of each prompt, at least 1
 * @param latents standard normal noise to start from (n, c, height / 8, width / 8), n counting the images of all prompts; it is
 *     only read and stays the caller's; null for noise drawn with the seed
 */
@RecordBuilder
@RecordBuilder.Options(
        enableGetters = false,
        enableWither = false,
        addConcreteSettersForOptional = RecordBuilder.ConcreteSettersForOptionalMode.ENABLED)
public record GenerationRequest(
        List<String> prompts,
        String negativePrompt,
        int numInferenceSteps,
        double guidanceScale,
        double guidanceRescale,
        double eta,
        OptionalLong seed,
        @Nullable Integer height,
        @Nullable Integer width,
        int numImagesPerPrompt,
        @Nullable NDArray latents) {
    /**
     * Checks what can be checked without a model.
     *
     * @throws InvalidInputException if a value is out of its range
     */
    public GenerationRequest {
        prompts = List.copyOf(prompts);
        require(!prompts.isEmpty(), "the number of prompts", 0, "at least 1");
        require(numInferenceSteps >= 1, "num_inference_steps", numInferenceSteps, "at least 1");
        require(
                Double.isFinite(guidanceScale),
                "guidance_scale",
                guidanceScale,
                "a finite number, usually from 1 to 20");
        require(guidanceRescale >= 0 && guidanceRescale <= 1, "guidance_rescale", guidanceRescale, "from 0 to 1");
        require(eta >= 0 && eta <= 1, "eta", eta, "from 0 to 1");
        require(height == null || height >= 1, "height", height, "at least 1");
        require(width == null || width >= 1, "width", width, "at least 1");
        require(numImagesPerPrompt >= 1, "num_images_per_prompt", numImagesPerPrompt, "at least 1");
    }

    /** Rejects a value that is out of its range. */
    static void require(boolean holds, String name, @Nullable Object found, String allowed) {
        if (!holds) {
            throw new InvalidInputException(
                    "Generation request: " + name + " is " + found + "; it must be " + allowed + ".");
        }
    }

    /**
     * Starts a request.
     *
     * @param prompts what the images show
     * @return a builder with the defaults
     */
    public static GenerationRequestBuilder of(String... prompts) {
        return of(List.of(prompts));
    }

    /**
     * Starts a request.
     *
     * @param prompts what the images show
     * @return a builder with the defaults
     */
    public static GenerationRequestBuilder of(List<String> prompts) {
        return GenerationRequestBuilder.builder(
                new GenerationRequest(prompts, "", 50, 7.5, 0, 0, OptionalLong.empty(), null, null, 1, null));
    }

    /**
     * Lists the prompt of each image.
     *
     * @return each prompt as often as it is drawn, in the order of the images
     */
    List<String> promptOfEachImage() {
        return prompts.stream()
                .flatMap(prompt -> Collections.nCopies(numImagesPerPrompt, prompt).stream())
                .toList();
    }
}
