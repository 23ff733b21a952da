package dev.text2image.tokenizers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that the files of a tokenizer say.
 *
 * @param vocabulary the tokens and merges
 * @param addedTokens the tokens that are found as a whole, by content; the special ones are among them
 * @param specialTokens the content of the token in each role
 * @param maxLength how many ids the text encoder takes, start and end token included
 * @param tokenizerJson the text of tokenizer.json, null if there is none
 */
record TokenizerDefinition(
        Vocabulary vocabulary,
        Map<String, AddedToken> addedTokens,
        Map<Role, String> specialTokens,
        int maxLength,
        @Nullable String tokenizerJson) {
    /** The maximum length of every CLIP text encoder of Stable Diffusion. */
    static final int CLIP_MAX_LENGTH = 77;

    /** What a special token is for. */
    enum Role {
        /** The start of a text. */
        BOS("bos_token", "<|startoftext|>"),
        /** The end of a text. */
        EOS("eos_token", "<|endoftext|>"),
        /** What no token stands for. */
        UNK("unk_token", "<|endoftext|>"),
        /** What a short text is filled up with. */
        PAD("pad_token", "<|endoftext|>");

        private final String field;
        private final String usual;

        Role(String field, String usual) {
            this.field = field;
            this.usual = usual;
        }

        /** The name of the role in the files. */
        String field() {
            return field;
        }

        /** The content of the token where the files say nothing. */
        String usual() {
            return usual;
        }
    }

    /** Copies the maps. */
    TokenizerDefinition {
        addedTokens = Collections.unmodifiableMap(new LinkedHashMap<>(addedTokens));
        specialTokens = Map.copyOf(specialTokens);
    }

    /** Returns the token in a role. */
    AddedToken special(Role role) {
        String content = specialTokens.getOrDefault(role, role.usual());
        AddedToken token = addedTokens.get(content);
        if (token == null) {
            throw new IllegalStateException("No added token " + content);
        }
        return token;
    }
}
