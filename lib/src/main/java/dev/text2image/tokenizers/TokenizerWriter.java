package dev.text2image.tokenizers;

import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.Json;
import dev.text2image.tokenizers.TokenizerDefinition.Role;
import java.nio.file.Path;

/** Writes the files of a tokenizer directory in the form that every version of the hub's libraries reads. */
final class TokenizerWriter {
    private TokenizerWriter() {}

    /**
     * Writes the files, each atomically; others in the directory stay.
     *
     * @param definition what to write
     * @param directory where to write it
     */
    static void write(TokenizerDefinition definition, Path directory) {
        JsonObject vocab = new JsonObject();
        definition.vocabulary().ids().forEach(vocab::addProperty);
        Json.write(directory.resolve("vocab.json"), vocab);
        AtomicFiles.writeString(directory.resolve("merges.txt"), merges(definition));
        Json.write(directory.resolve("special_tokens_map.json"), specialTokens(definition));
        Json.write(directory.resolve("tokenizer_config.json"), config(definition));
        JsonObject added = tokensBesideVocabulary(definition);
        if (added.size() > 0) {
            Json.write(directory.resolve("added_tokens.json"), added);
        }
        if (definition.tokenizerJson() != null) {
            AtomicFiles.writeString(directory.resolve("tokenizer.json"), definition.tokenizerJson());
        }
    }

    private static String merges(TokenizerDefinition definition) {
        StringBuilder text = new StringBuilder("#version: 0.2\n");
        for (Vocabulary.Merge merge : definition.vocabulary().merges()) {
            text.append(merge.left()).append(' ').append(merge.right()).append('\n');
        }
        return text.toString();
    }

    private static JsonObject specialTokens(TokenizerDefinition definition) {
        JsonObject map = new JsonObject();
        for (Role role : new Role[] {Role.BOS, Role.EOS, Role.UNK}) {
            map.add(role.field(), describe(definition.special(role)));
        }
        map.addProperty(Role.PAD.field(), definition.special(Role.PAD).content());
        return map;
    }

    private static JsonObject config(TokenizerDefinition definition) {
        JsonObject config = new JsonObject();
        config.addProperty("add_prefix_space", false);
        JsonObject decoder = new JsonObject();
        for (AddedToken token : definition.addedTokens().values()) {
            JsonObject description = describe(token);
            description.addProperty("special", token.special());
            decoder.add(String.valueOf(token.id()), description);
        }
        config.add("added_tokens_decoder", decoder);
        config.addProperty("do_lower_case", true);
        config.addProperty("errors", "replace");
        config.addProperty("model_max_length", definition.maxLength());
        for (Role role : Role.values()) {
            config.addProperty(role.field(), definition.special(role).content());
        }
        config.addProperty("tokenizer_class", "CLIPTokenizer");
        return config;
    }

    private static JsonObject tokensBesideVocabulary(TokenizerDefinition definition) {
        JsonObject added = new JsonObject();
        definition.addedTokens().values().stream()
                .filter(token -> !definition.vocabulary().ids().containsKey(token.content()))
                .forEach(token -> added.addProperty(token.content(), token.id()));
        return added;
    }

    private static JsonObject describe(AddedToken token) {
        JsonObject description = new JsonObject();
        description.addProperty("content", token.content());
        description.addProperty("lstrip", false);
        description.addProperty("normalized", token.normalized());
        description.addProperty("rstrip", false);
        description.addProperty("single_word", false);
        return description;
    }
}
