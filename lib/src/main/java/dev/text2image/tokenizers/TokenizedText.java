package dev.text2image.tokenizers;

import java.util.List;

/**
 * A text as the text encoder takes it.
 *
 * @param ids the start token, the text's tokens, the end token and padding: always as many as the tokenizer's maximum length
 * @param tokenCount how many tokens the whole text has, start and end included; more than {@code ids} has if it was truncated
 * @param truncated whether tokens at the end of the text were left out
 */
public record TokenizedText(List<Integer> ids, int tokenCount, boolean truncated) {
    /** Copies the ids. */
    public TokenizedText {
        ids = List.copyOf(ids);
    }

    /**
     * Returns the ids as the engine takes them.
     *
     * @return a new array of the ids
     */
    public long[] toLongArray() {
        return ids.stream().mapToLong(Integer::longValue).toArray();
    }
}
