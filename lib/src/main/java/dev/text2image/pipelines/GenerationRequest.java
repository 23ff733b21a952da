package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import dev.text2image.io.InvalidInputException;
import dev.text2image.tokenizers.WeightedPrompt;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What to draw, and how; names and defaults are those of diffusers' {@code StableDiffusionPipeline} and
 * {@code StableDiffusionImg2ImgPipeline}. Arrays are only read and stay the caller's.
 *
 * @param prompts what the images show; empty if there are embeddings
 * @param promptEmbeds embeddings of {@link StableDiffusionPipeline#encodePrompts} instead of texts, (prompts, n, d)
 * @param negativePrompt what the images do not show; counts for all prompts
 * @param negativePrompts what the images of each prompt do not show, instead of one text for all; empty, or as many as prompts
 * @param negativePromptEmbeds embeddings instead of such texts, in the shape of the prompts'
 * @param promptWeighting whether brackets in prompts weigh words, and long prompts are read whole ({@link
 *     dev.text2image.tokenizers.WeightedPrompt}); otherwise brackets are text, as in diffusers. Prompts that are drawn together are
 *     filled up to the longest
 * @param clipSkip how many of the text encoder's layers are left out at the end, for the prompts alone; what web interfaces call a
 *     clip skip of 2 is 1 here
 * @param numInferenceSteps the number of steps, from 1 to the number of timesteps in training
 * @param guidanceScale how strongly the images follow the prompts; 1 and less turn classifier-free guidance off
 * @param guidanceRescale how far guided predictions get back the spread of unguided ones, from 0 to 1 (arXiv 2305.08891)
 * @param eta noise that DDIM adds in each step, from 0 to 1; for other samplers 0
 * @param seed the seed of one stream of random numbers for the whole batch; empty for one drawn from the engine's generator
 * @param seeds a seed for each image instead, whose picture does not depend then on those drawn beside it, but for rounding
 * @param height in pixels, a multiple of what one latent stands for (8 for Stable Diffusion); null for that of the initial image, or
 *     else the model's own
 * @param width in pixels, likewise
 * @param numImagesPerPrompt the number of images of each prompt, at least 1
 * @param latents standard normal noise to start from (n, c, height / 8, width / 8), n counting the images of all prompts; null for
 *     noise drawn with the seed
 * @param initImage an image that all images start from; it is resized to height and width. Null to start from noise
 * @param strength how much of that image is repainted, above 0 and up to 1: the share of the steps that are made
 * @param callback called after each step
 */
@RecordBuilder
@RecordBuilder.Options(
        enableGetters = false,
        enableWither = false,
        addConcreteSettersForOptional = RecordBuilder.ConcreteSettersForOptionalMode.ENABLED)
public record GenerationRequest(
        List<String> prompts,
        @Nullable NDArray promptEmbeds,
        String negativePrompt,
        List<String> negativePrompts,
        @Nullable NDArray negativePromptEmbeds,
        boolean promptWeighting,
        int clipSkip,
        int numInferenceSteps,
        double guidanceScale,
        double guidanceRescale,
        double eta,
        OptionalLong seed,
        List<Long> seeds,
        @Nullable Integer height,
        @Nullable Integer width,
        int numImagesPerPrompt,
        @Nullable NDArray latents,
        @Nullable BufferedImage initImage,
        double strength,
        StepCallback callback) {
    /**
     * Checks what can be checked without a model.
     *
     * @throws InvalidInputException if a value is out of its range
     */
    public GenerationRequest {
        prompts = List.copyOf(prompts);
        negativePrompts = List.copyOf(negativePrompts);
        seeds = List.copyOf(seeds);
        require(clipSkip >= 0, "clip_skip", clipSkip, "at least 0");
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
        int ofPrompts = countPrompts(prompts, promptEmbeds);
        checkNegatives(ofPrompts, negativePrompt, negativePrompts, negativePromptEmbeds);
        if (promptWeighting) {
            Stream.of(prompts, List.of(negativePrompt), negativePrompts)
                    .flatMap(List::stream)
                    .forEach(WeightedPrompt::parse);
        }
        checkSeeds(seeds, seed, (long) ofPrompts * numImagesPerPrompt);
        require(strength >= 0 && strength <= 1, "strength", strength, "from 0 to 1");
        if (initImage != null) {
            require(latents == null, "latents", "given", "absent beside init_image");
            require(
                    (int) (numInferenceSteps * strength) >= 1,
                    "strength",
                    strength,
                    "at least 1 / num_inference_steps, so that a step is left of the " + numInferenceSteps);
        }
    }

    private static int countPrompts(List<String> prompts, @Nullable NDArray embeds) {
        if (embeds == null) {
            require(!prompts.isEmpty(), "the number of prompts", 0, "at least 1");
            return prompts.size();
        }
        require(prompts.isEmpty(), "the number of prompts", prompts.size(), "0 beside prompt_embeds");
        require(
                embeds.getShape().dimension() == 3 && embeds.size(0) >= 1,
                "the shape of prompt_embeds",
                embeds.getShape(),
                "(prompts, tokens, size)");
        return Math.toIntExact(embeds.size(0));
    }

    private static void checkNegatives(int prompts, String forAll, List<String> each, @Nullable NDArray embeds) {
        if (!each.isEmpty()) {
            String count = "the number of negative_prompts";
            require(
                    each.size() == prompts,
                    count,
                    each.size(),
                    prompts + ", one for each prompt; a single" + " negative_prompt counts for all");
            require(forAll.isEmpty(), "negative_prompt", "'" + forAll + "'", "absent beside negative_prompts");
        }
        boolean words = !forAll.isEmpty() || !each.isEmpty();
        require(
                embeds == null || !words,
                "negative_prompt_embeds",
                "given",
                "absent beside a negative prompt in words");
    }

    private static void checkSeeds(List<Long> seeds, OptionalLong seed, long images) {
        if (!seeds.isEmpty()) {
            require(seeds.size() == images, "the number of seeds", seeds.size(), images + ", one for each image");
            require(seed.isEmpty(), "seed", seed.orElse(0), "absent beside seeds");
        }
    }

    /** Rejects a value that is out of its range. */
    static void require(boolean holds, String name, @Nullable Object found, String allowed) {
        if (!holds) {
            throw new InvalidInputException(
                    "Generation request: " + name + " is " + found + "; it must be " + allowed + ".");
        }
    }

    /** The same where what is allowed is a value. */
    static void require(boolean holds, String name, @Nullable Object found, Object allowed) {
        require(holds, name, found, allowed.toString());
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
        return defaults().prompts(prompts);
    }

    /**
     * Starts a request for prompts that are encoded already.
     *
     * @param promptEmbeds embeddings of {@link StableDiffusionPipeline#encodePrompts}, (prompts, n, d)
     * @return a builder with the defaults
     */
    public static GenerationRequestBuilder of(NDArray promptEmbeds) {
        return defaults().promptEmbeds(promptEmbeds);
    }

    private static GenerationRequestBuilder defaults() {
        return GenerationRequestBuilder.builder()
                .prompts(List.of())
                .negativePrompt("")
                .negativePrompts(List.of())
                .numInferenceSteps(50)
                .guidanceScale(7.5)
                .seed(OptionalLong.empty())
                .seeds(List.of())
                .numImagesPerPrompt(1)
                .strength(0.8)
                .callback(StepCallback.NONE);
    }

    /** The number of prompts, in words or encoded. */
    int promptCount() {
        return countPrompts(prompts, promptEmbeds);
    }

    /** The number of images of all prompts. */
    int imageCount() {
        return Math.multiplyExact(promptCount(), numImagesPerPrompt);
    }

    /**
     * Lists what the images do not show.
     *
     * @return a text for each prompt, or one for all
     */
    public List<String> negatives() {
        return negativePrompts.isEmpty() ? List.of(negativePrompt) : negativePrompts;
    }

    /** How many of the steps are made from an initial image. */
    int stepsFromImage() {
        return (int) (numInferenceSteps * strength);
    }

    /**
     * Lists the prompt of each image.
     *
     * @return each prompt as often as it is drawn, in the order of the images; empty texts for those that were encoded already
     */
    List<String> promptOfEachImage() {
        List<String> texts = prompts.isEmpty() ? Collections.nCopies(promptCount(), "") : prompts;
        return texts.stream()
                .flatMap(prompt -> Collections.nCopies(numImagesPerPrompt, prompt).stream())
                .toList();
    }
}
