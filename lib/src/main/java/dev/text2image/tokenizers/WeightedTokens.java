package dev.text2image.tokenizers;

import java.util.List;

/**
 * A prompt, or 75 tokens of a long one, as the text encoder takes it, and how much each token counts.
 *
 * @param ids the start token, tokens of the prompt, the end token and padding: as many as the tokenizer's maximum length
 * @param weights the weight of each; 1 for those that are not of the prompt
 */
public record WeightedTokens(List<Integer> ids, List<Double> weights) {
    /** Copies the lists. */
    public WeightedTokens {
        ids = List.copyOf(ids);
        weights = List.copyOf(weights);
    }
}
