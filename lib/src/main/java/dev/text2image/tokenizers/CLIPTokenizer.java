package dev.text2image.tokenizers;

import dev.text2image.tokenizers.TokenizerDefinition.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The tokenizer of CLIP's text encoder: byte-level byte-pair encoding of 49,408 tokens, a start and an end token around the text,
 * cut or filled up to 77.
 *
 * <p>Ids equal those of the hub's fast {@code CLIPTokenizer}. A tokenizer holds no state of a call and may be used by many
 * threads.
 */
public final class CLIPTokenizer {
    private final TokenizerDefinition definition;
    private final TextSplitter splitter;
    private final BytePairEncoder encoder;
    private final Map<Integer, String> tokenOf = new HashMap<>();
    private final Map<Integer, AddedToken> addedById = new HashMap<>();

    private CLIPTokenizer(TokenizerDefinition definition) {
        this.definition = definition;
        splitter = new TextSplitter(definition.addedTokens().values());
        encoder = new BytePairEncoder(
                definition.vocabulary(), definition.special(Role.UNK).id());
        definition.vocabulary().ids().forEach((token, id) -> tokenOf.put(id, token));
        definition.addedTokens().values().forEach(token -> {
            tokenOf.put(token.id(), token.content());
            addedById.put(token.id(), token);
        });
    }

    /**
     * Loads a tokenizer from the files of a model.
     *
     * <p>Two generations of files are read: vocab.json and merges.txt, or tokenizer.json alone; with either, tokenizer_config.json
     * and special_tokens_map.json say which token pads and how long a text may be.
     *
     * @param directory the directory, usually called {@code tokenizer}
     * @return the tokenizer
     * @throws dev.text2image.io.InvalidInputException if a file is missing or makes no sense
     */
    public static CLIPTokenizer load(Path directory) {
        return new CLIPTokenizer(TokenizerReader.read(directory));
    }

    /**
     * Makes the tokenizer of Stable Diffusion 1 from the vocabulary that OpenAI published with CLIP.
     *
     * @param file the file bpe_simple_vocab_16e6.txt.gz
     * @return the tokenizer, which pads with the end token
     * @throws dev.text2image.io.InvalidInputException if the file is missing or makes no sense
     * @see <a href="https://github.com/openai/CLIP">CLIP</a>
     */
    public static CLIPTokenizer fromBpeVocabulary(Path file) {
        Vocabulary vocabulary = VocabularyReader.fromBpeVocabulary(file);
        Map<String, AddedToken> added = new LinkedHashMap<>();
        Map<Role, String> special = new HashMap<>();
        for (Role role : Role.values()) {
            int id = vocabulary.ids().getOrDefault(role.usual(), 0);
            // As the files of Stable Diffusion 1 have it: the start token is found in any case, the end token is not.
            added.put(role.usual(), new AddedToken(role.usual(), id, role == Role.BOS, true));
            special.put(role, role.usual());
        }
        return new CLIPTokenizer(
                new TokenizerDefinition(vocabulary, added, special, TokenizerDefinition.CLIP_MAX_LENGTH, null));
    }

    /**
     * Encodes a text for the text encoder.
     *
     * @param text any text
     * @return its ids with start and end token, cut or filled up to {@link #maxLength}
     */
    public TokenizedText encode(String text) {
        List<Integer> words = wordIds(text);
        int kept = Math.min(words.size(), maxLength() - 2);
        return new TokenizedText(framed(words.subList(0, kept)), words.size() + 2, words.subList(kept, words.size()));
    }

    /** Puts start and end around ids, and padding behind. */
    private List<Integer> framed(List<Integer> words) {
        List<Integer> ids = new ArrayList<>(maxLength());
        ids.add(bosTokenId());
        ids.addAll(words);
        ids.add(eosTokenId());
        ids.addAll(Collections.nCopies(maxLength() - ids.size(), padTokenId()));
        return ids;
    }

    /**
     * Encodes a prompt with weights, of any length, for the text encoder: each BREAK, and each 75 tokens, begin another chunk.
     *
     * @param prompt the prompt
     * @return at least one chunk of {@link #maxLength} ids
     */
    public List<WeightedTokens> encode(WeightedPrompt prompt) {
        List<WeightedTokens> chunks = new ArrayList<>();
        int last = prompt.sections().size() - 1;
        for (int i = 0; i <= last; i++) {
            List<Integer> ids = new ArrayList<>();
            List<Double> weights = new ArrayList<>();
            for (WeightedText part : prompt.sections().get(i)) {
                List<Integer> words = wordIds(part.text());
                ids.addAll(words);
                weights.addAll(Collections.nCopies(words.size(), part.weight()));
            }
            if (!ids.isEmpty() || i < last || chunks.isEmpty()) {
                addChunks(ids, weights, chunks);
            }
        }
        return chunks;
    }

    private void addChunks(List<Integer> ids, List<Double> weights, List<WeightedTokens> chunks) {
        int room = maxLength() - 2;
        int from = 0;
        do {
            int to = Math.min(from + room, ids.size());
            List<Double> framed = new ArrayList<>(Collections.nCopies(maxLength(), 1.0));
            for (int i = from; i < to; i++) {
                framed.set(1 + i - from, weights.get(i));
            }
            chunks.add(new WeightedTokens(framed(ids.subList(from, to)), framed));
            from = to;
        } while (from < ids.size());
    }

    /**
     * Encodes several texts for the text encoder.
     *
     * @param texts any texts
     * @return their ids, in the same order
     */
    public List<TokenizedText> encode(List<String> texts) {
        return texts.stream().map(this::encode).toList();
    }

    /**
     * Shows the tokens of a text.
     *
     * @param text any text
     * @return its tokens as they stand in the vocabulary, without start and end: {@code </w>} marks the end of a word, characters
     *     beyond ASCII are spelled in bytes
     */
    public List<String> tokenize(String text) {
        return wordIds(text).stream().map(id -> tokenOf.getOrDefault(id, "")).toList();
    }

    /**
     * Reads ids back to a text, in lower case and with a space after each word.
     *
     * @param ids ids of the vocabulary; start, end and padding are left out
     * @return the text
     * @throws IllegalArgumentException if an id is not in the vocabulary
     */
    public String decode(List<Integer> ids) {
        String symbols =
                ids.stream().filter(id -> !isSpecial(id)).map(this::token).collect(Collectors.joining());
        return ByteAlphabet.decode(symbols).replace(Vocabulary.END_OF_WORD, " ").strip();
    }

    /**
     * Writes vocab.json, merges.txt, special_tokens_map.json and tokenizer_config.json, which every version of the hub's libraries
     * reads, and tokenizer.json if the tokenizer was loaded with one.
     *
     * @param directory where to write them; it is made if need be, other files in it stay
     * @throws java.io.UncheckedIOException if a file cannot be written
     */
    public void save(Path directory) {
        TokenizerWriter.write(definition, directory);
    }

    /**
     * Returns the number of ids that {@link #encode(String)} gives.
     *
     * @return the length, start and end token included: 77 for Stable Diffusion
     */
    public int maxLength() {
        return definition.maxLength();
    }

    /**
     * Returns the number of tokens, which is the number of rows in the text encoder's embedding.
     *
     * @return one more than the highest id: 49,408 for Stable Diffusion
     */
    public int vocabularySize() {
        return Collections.max(tokenOf.keySet()) + 1;
    }

    /**
     * Returns the id of the token before a text.
     *
     * @return the id, 49406 for Stable Diffusion
     */
    public int bosTokenId() {
        return definition.special(Role.BOS).id();
    }

    /**
     * Returns the id of the token after a text.
     *
     * @return the id, 49407 for Stable Diffusion
     */
    public int eosTokenId() {
        return definition.special(Role.EOS).id();
    }

    /**
     * Returns the id of the token that short texts are filled up with.
     *
     * @return the id: 49407 for Stable Diffusion 1, 0 for Stable Diffusion 2
     */
    public int padTokenId() {
        return definition.special(Role.PAD).id();
    }

    private List<Integer> wordIds(String text) {
        List<Integer> ids = new ArrayList<>();
        for (TextSplitter.Piece piece : splitter.split(text)) {
            AddedToken token = piece.token();
            if (token != null) {
                ids.add(token.id());
            } else {
                ids.addAll(encoder.encode(ByteAlphabet.encode(piece.word())));
            }
        }
        return ids;
    }

    private boolean isSpecial(int id) {
        AddedToken token = addedById.get(id);
        return token != null && token.special();
    }

    private String token(int id) {
        String token = tokenOf.get(id);
        if (token == null) {
            throw new IllegalArgumentException("The id " + id + " is not in the vocabulary, whose ids go from 0 to "
                    + (vocabularySize() - 1) + ".");
        }
        return token;
    }
}
