package dev.text2image.evaluation;

import dev.text2image.io.InvalidInputException;

/**
 * How the samples of an evaluation are drawn.
 *
 * @param numPrompts how many captions of the first reference set are drawn, at least 2; all if it has fewer
 * @param numImagesPerPrompt samples of each, from different noise, at least 1
 * @param numInferenceSteps denoising steps
 * @param guidanceScale how closely the text is followed
 * @param seed what the choice of the prompts and the noise depend on
 * @param batchSize prompts that are sampled at once, at least 1
 */
public record EvaluationSettings(
        int numPrompts, int numImagesPerPrompt, int numInferenceSteps, double guidanceScale, long seed, int batchSize) {
    /** Checks what is not checked when the samples are drawn. */
    public EvaluationSettings {
        require("num_prompts", numPrompts, 2);
        require("num_images_per_prompt", numImagesPerPrompt, 1);
        require("sample_batch_size", batchSize, 1);
    }

    private static void require(String name, int found, int least) {
        if (found < least) {
            throw new InvalidInputException(name + " is " + found + ", but must be at least " + least + ".");
        }
    }
}
