package dev.text2image.tokenizers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.tokenizers.TokenizerDefinition.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of a tokenizer directory, of either generation.
 *
 * <p>What the files say of special tokens counts as it does on the hub: a tokenizer_config.json with added_tokens_decoder is
 * complete; otherwise special_tokens_map.json overrides it.
 */
final class TokenizerReader {
    private static final String ADVICE = "; download the tokenizer again.";
    /** Files give numbers like 1e30 where no length was set. */
    private static final double NO_LENGTH = 1e6;

    private final Path directory;
    private final @Nullable JsonObject tokenizerJson;
    private final Vocabulary vocabulary;
    private final Map<String, AddedToken> addedTokens = new LinkedHashMap<>();
    private final Map<Role, String> specialTokens = new EnumMap<>(Role.class);

    private TokenizerReader(Path directory) {
        this.directory = directory;
        Path fast = directory.resolve("tokenizer.json");
        Path vocab = directory.resolve("vocab.json");
        tokenizerJson = Files.isRegularFile(fast) ? Json.readObject(fast) : null;
        if (Files.isRegularFile(vocab)) {
            vocabulary = VocabularyReader.fromVocabAndMerges(vocab, directory.resolve("merges.txt"));
        } else if (tokenizerJson != null) {
            vocabulary = VocabularyReader.fromTokenizerJson(fast, JsonFields.of(fast, tokenizerJson));
        } else {
            throw new InvalidInputException("No tokenizer found in " + directory
                    + ": looked for vocab.json with merges.txt, and for tokenizer.json; check the path.");
        }
    }

    /**
     * Reads a directory.
     *
     * @param directory the directory, usually called {@code tokenizer}
     * @return what its files say
     * @throws InvalidInputException if a file is missing or makes no sense
     */
    static TokenizerDefinition read(Path directory) {
        return new TokenizerReader(directory).read();
    }

    private TokenizerDefinition read() {
        JsonFields config = optional("tokenizer_config.json");
        if (config.has("added_tokens_decoder")) {
            addDecoder(config);
            addSpecialTokens(config, config);
        } else {
            addLegacyTokens();
            addSpecialTokens(optional("special_tokens_map.json"), config);
        }
        return new TokenizerDefinition(
                vocabulary,
                addedTokens,
                specialTokens,
                maxLength(config),
                tokenizerJson == null ? null : Json.toPrettyString(tokenizerJson));
    }

    private JsonFields optional(String name) {
        Path file = directory.resolve(name);
        return Files.isRegularFile(file) ? JsonFields.read(file) : JsonFields.of(file, new JsonObject());
    }

    private static int maxLength(JsonFields config) {
        double length = config.doubleOr("model_max_length", TokenizerDefinition.CLIP_MAX_LENGTH);
        if (length > NO_LENGTH) {
            return TokenizerDefinition.CLIP_MAX_LENGTH;
        }
        if (length < 3 || length != (int) length) {
            throw config.invalid("model_max_length", "an integer of 3 or more");
        }
        return (int) length;
    }

    /** Adds the tokens of added_tokens_decoder: objects by id. */
    private void addDecoder(JsonFields config) {
        JsonFields decoder = config.fields("added_tokens_decoder").orElseThrow();
        for (String id : decoder.names()) {
            JsonFields token = decoder.fields(id)
                    .orElseThrow(() -> decoder.invalid(id, "an object that describes the added token"));
            if (!id.matches("[0-9]{1,9}")) {
                throw decoder.invalid(id, "a name that is the token's id");
            }
            add(token, Integer.parseInt(id));
        }
    }

    /** Adds the tokens of added_tokens.json, ids by content, and those of tokenizer.json. */
    private void addLegacyTokens() {
        JsonFields legacy = optional("added_tokens.json");
        for (String content : legacy.names()) {
            boolean special = vocabulary.ids().containsKey(content);
            put(new AddedToken(content, legacy.integer(content), !special, special));
        }
        if (tokenizerJson != null) {
            Path file = directory.resolve("tokenizer.json");
            JsonFields fields = JsonFields.of(file, tokenizerJson);
            for (JsonFields token : fields.fieldsList("added_tokens")) {
                add(token, token.integer("id"));
            }
        }
    }

    private void add(JsonFields token, int id) {
        if (token.booleanOr("single_word", false)) {
            throw token.invalid("single_word", "false, as in every CLIP tokenizer,");
        }
        put(new AddedToken(
                token.string("content"), id, token.booleanOr("normalized", true), token.booleanOr("special", false)));
    }

    private void put(AddedToken token) {
        if (token.content().isEmpty()) {
            throw new InvalidInputException("The tokenizer in " + directory + " adds an empty token" + ADVICE);
        }
        Integer known = vocabulary.ids().get(token.content());
        if (known != null && known != token.id()) {
            throw new InvalidInputException("The tokenizer in " + directory + " adds the token '" + token.content()
                    + "' with id " + token.id() + ", but its vocabulary gives it " + known + ADVICE);
        }
        addedTokens.putIfAbsent(token.content(), token);
    }

    private void addSpecialTokens(JsonFields first, JsonFields second) {
        Set<String> complete = Set.copyOf(addedTokens.keySet());
        for (Role role : Role.values()) {
            JsonFields source = first.has(role.field()) ? first : second;
            specialTokens.put(role, addSpecial(source, role, complete));
        }
        for (String content : first.stringListOr("additional_special_tokens", List.of())) {
            put(new AddedToken(content, idOf(content), false, true));
        }
    }

    /**
     * Adds the token in a role, which the files give as its content or as an object. As on the hub, a mere content makes the token
     * one that is looked for in the text as given, even where another role describes the same token as an object: the tokenizer
     * of Stable Diffusion 1 relies on it.
     */
    private String addSpecial(JsonFields source, Role role, Set<String> complete) {
        boolean described =
                source.element(role.field()).map(JsonElement::isJsonObject).orElse(false);
        if (described) {
            JsonFields token = source.fields(role.field()).orElseThrow();
            String content = token.string("content");
            put(new AddedToken(content, idOf(content), token.booleanOr("normalized", false), true));
            return content;
        }
        String content = source.stringOr(role.field(), role.usual());
        if (!complete.contains(content)) {
            addedTokens.remove(content);
        }
        put(new AddedToken(content, idOf(content), false, true));
        return content;
    }

    private int idOf(String content) {
        AddedToken added = addedTokens.get(content);
        Integer id =
                added != null ? Integer.valueOf(added.id()) : vocabulary.ids().get(content);
        if (id == null) {
            throw new InvalidInputException("The tokenizer in " + directory + " uses the special token '" + content
                    + "', which its vocabulary lacks" + ADVICE);
        }
        return id;
    }
}
