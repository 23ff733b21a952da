package dev.text2image.tokenizers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tokens of a byte-pair encoding and how they are built.
 *
 * @param ids the id of each token
 * @param merges the pairs of tokens that are joined, the most frequent first
 */
record Vocabulary(Map<String, Integer> ids, List<Merge> merges) {
    /** The mark at the end of a token that ends a word. */
    static final String END_OF_WORD = "</w>";

    /** A pair of tokens that is joined into one. */
    record Merge(String left, String right) {
        String joined() {
            return left + right;
        }
    }

    /** Copies both. */
    Vocabulary {
        ids = Collections.unmodifiableMap(new LinkedHashMap<>(ids));
        merges = List.copyOf(merges);
    }
}
