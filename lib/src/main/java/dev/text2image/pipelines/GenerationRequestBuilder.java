package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the values of a {@link GenerationRequest}, starting from diffusers' defaults. */
public final class GenerationRequestBuilder {
    private final List<String> prompts;
    private String negativePrompt = "";
    private int numInferenceSteps = 50;
    private double guidanceScale = 7.5;
    private double guidanceRescale;
    private double eta;
    private @Nullable Long seed;
    private @Nullable Integer height;
    private @Nullable Integer width;
    private int numImagesPerPrompt = 1;
    private @Nullable NDArray latents;

    GenerationRequestBuilder(List<String> prompts) {
        this.prompts = prompts;
    }

    /**
     * Sets what the images do not show.
     *
     * @param value the text, for all prompts
     * @return this builder
     */
    public GenerationRequestBuilder negativePrompt(String value) {
        negativePrompt = value;
        return this;
    }

    /**
     * Sets the number of steps.
     *
     * @param value at least 1
     * @return this builder
     */
    public GenerationRequestBuilder numInferenceSteps(int value) {
        numInferenceSteps = value;
        return this;
    }

    /**
     * Sets how strongly the images follow the prompts.
     *
     * @param value 1 and less turn guidance off
     * @return this builder
     */
    public GenerationRequestBuilder guidanceScale(double value) {
        guidanceScale = value;
        return this;
    }

    /**
     * Sets how far guided predictions get back the spread of unguided ones.
     *
     * @param value from 0 to 1
     * @return this builder
     */
    public GenerationRequestBuilder guidanceRescale(double value) {
        guidanceRescale = value;
        return this;
    }

    /**
     * Sets the noise that DDIM adds in each step.
     *
     * @param value from 0 to 1; 0 for other samplers
     * @return this builder
     */
    public GenerationRequestBuilder eta(double value) {
        eta = value;
        return this;
    }

    /**
     * Sets the seed of all random numbers.
     *
     * @param value the seed, or null for one drawn from the engine's generator
     * @return this builder
     */
    public GenerationRequestBuilder seed(@Nullable Long value) {
        seed = value;
        return this;
    }

    /**
     * Sets the seed of all random numbers.
     *
     * @param value the seed
     * @return this builder
     */
    public GenerationRequestBuilder seed(long value) {
        seed = value;
        return this;
    }

    /**
     * Sets the height.
     *
     * @param value in pixels, or null for the model's own
     * @return this builder
     */
    public GenerationRequestBuilder height(@Nullable Integer value) {
        height = value;
        return this;
    }

    /**
     * Sets the width.
     *
     * @param value in pixels, or null for the model's own
     * @return this builder
     */
    public GenerationRequestBuilder width(@Nullable Integer value) {
        width = value;
        return this;
    }

    /**
     * Sets the number of images of each prompt.
     *
     * @param value at least 1
     * @return this builder
     */
    public GenerationRequestBuilder numImagesPerPrompt(int value) {
        numImagesPerPrompt = value;
        return this;
    }

    /**
     * Sets the noise to start from.
     *
     * @param value standard normal noise (n, c, h, w), or null for noise drawn with the seed; only read
     * @return this builder
     */
    public GenerationRequestBuilder latents(@Nullable NDArray value) {
        latents = value;
        return this;
    }

    /**
     * Sets height and width.
     *
     * @param newHeight in pixels
     * @param newWidth in pixels
     * @return this builder
     */
    public GenerationRequestBuilder size(int newHeight, int newWidth) {
        height = newHeight;
        width = newWidth;
        return this;
    }

    /**
     * Builds the request.
     *
     * @return the request
     * @throws dev.text2image.io.InvalidInputException if a value is out of its range
     */
    public GenerationRequest build() {
        return new GenerationRequest(
                prompts,
                negativePrompt,
                numInferenceSteps,
                guidanceScale,
                guidanceRescale,
                eta,
                seed,
                height,
                width,
                numImagesPerPrompt,
                latents);
    }
}
