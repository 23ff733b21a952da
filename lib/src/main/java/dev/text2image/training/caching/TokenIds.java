package dev.text2image.training.caching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.tokenizers.CLIPTokenizer;
import java.util.List;

/** Token ids of several captions as one tensor. */
public final class TokenIds {
    private TokenIds() {}

    /**
     * Encodes captions.
     *
     * @param manager owner of the result
     * @param tokenizer the tokenizer
     * @param captions the captions
     * @return int64 (captions, n), padded and cut to the tokenizer's length
     */
    public static NDArray of(NDManager manager, CLIPTokenizer tokenizer, List<String> captions) {
        int length = tokenizer.maxLength();
        long[] ids = new long[captions.size() * length];
        for (int i = 0; i < captions.size(); i++) {
            System.arraycopy(tokenizer.encode(captions.get(i)).toLongArray(), 0, ids, i * length, length);
        }
        return manager.create(ids, new Shape(captions.size(), length));
    }
}
