package dev.text2image.training.caching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.pipelines.PromptWeights;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.tokenizers.WeightedPrompt;
import dev.text2image.tokenizers.WeightedTokens;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captions as the text encoder takes them, padded and cut to the tokenizer's length.
 *
 * @param ids token ids (captions, n), int64
 * @param weights how much each token counts (captions, n), float32; null if all count the same
 */
public record TokenIds(NDArray ids, @Nullable NDArray weights) {
    /**
     * Encodes captions.
     *
     * @param manager owner of the arrays
     * @param tokenizer the tokenizer
     * @param captions the captions
     * @param weighted whether their brackets weigh words; then their first chunk of tokens is taken
     * @return ids, and weights if there are any
     * @throws dev.text2image.io.InvalidInputException if brackets have no partner
     */
    public static TokenIds of(NDManager manager, CLIPTokenizer tokenizer, List<String> captions, boolean weighted) {
        int length = tokenizer.maxLength();
        Shape shape = new Shape(captions.size(), length);
        long[] ids = new long[captions.size() * length];
        float[] weights = new float[weighted ? ids.length : 0];
        for (int i = 0; i < captions.size(); i++) {
            if (weighted) {
                WeightedTokens tokens =
                        tokenizer.encode(WeightedPrompt.parse(captions.get(i))).get(0);
                for (int j = 0; j < length; j++) {
                    ids[i * length + j] = tokens.ids().get(j);
                    weights[i * length + j] = tokens.weights().get(j).floatValue();
                }
            } else {
                System.arraycopy(tokenizer.encode(captions.get(i)).toLongArray(), 0, ids, i * length, length);
            }
        }
        return new TokenIds(manager.create(ids, shape), weighted ? manager.create(weights, shape) : null);
    }

    /**
     * Lets the weights change what the text encoder gave.
     *
     * @param hiddenStates hidden states of the ids (captions, n, d)
     * @return the same, or weighted ones
     */
    public NDArray weigh(NDArray hiddenStates) {
        return weights == null ? hiddenStates : PromptWeights.apply(hiddenStates, weights);
    }
}
