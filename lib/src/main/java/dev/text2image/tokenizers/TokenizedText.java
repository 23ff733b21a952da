package dev.text2image.tokenizers;

import java.util.List;

/**
 * A text as the text encoder takes it.
 *
 * @param ids the start token, the text's tokens, the end token and padding: always as many as the tokenizer's maximum length
 * @param tokenCount how many tokens the whole text has, start and end included; more than {@code ids} has if it was truncated
 * @param leftOut the tokens at the end of the text that did not fit; empty if all did
 */
public record TokenizedText(List<Integer> ids, int tokenCount, List<Integer> leftOut) {
    /** Copies the ids. */
    public TokenizedText {
        ids = List.copyOf(ids);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * Tells whether tokens at the end of the text were left out.
     *
     * @return true if some were
     */
    public boolean truncated() {
        return !leftOut.isEmpty();
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
