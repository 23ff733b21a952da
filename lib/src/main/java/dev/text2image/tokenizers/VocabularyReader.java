package dev.text2image.tokenizers;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.tokenizers.Vocabulary.Merge;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Reads the tokens and merges of a byte-pair encoding from each of the three forms they come in. */
final class VocabularyReader {
    private static final String ADVICE = "; download the tokenizer again.";
    /** How many merges CLIP uses of those in OpenAI's file: 49,152 tokens less 256 bytes and 2 special tokens. */
    private static final int CLIP_MERGES = 48_894;

    private VocabularyReader() {}

    /** Reads vocab.json and merges.txt. */
    static Vocabulary fromVocabAndMerges(Path vocabFile, Path mergesFile) {
        Map<String, Integer> ids = ids(vocabFile, JsonFields.read(vocabFile));
        List<Merge> merges = new ArrayList<>();
        for (String line : lines(mergesFile)) {
            boolean header = merges.isEmpty() && line.startsWith("#version");
            if (!header && !line.isBlank()) {
                merges.add(merge(mergesFile, line));
            }
        }
        return checked(mergesFile, new Vocabulary(ids, merges));
    }

    /** Reads the model in tokenizer.json. */
    static Vocabulary fromTokenizerJson(Path file, JsonFields tokenizer) {
        JsonFields model = tokenizer
                .fields("model")
                .orElseThrow(() -> new InvalidInputException(file + " lacks the field 'model'" + ADVICE));
        if (!model.stringOr("type", "BPE").equals("BPE")) {
            throw model.invalid("type", "\"BPE\", the kind of CLIP's tokenizer,");
        }
        if (!model.stringOr("end_of_word_suffix", "").equals(Vocabulary.END_OF_WORD)) {
            throw model.invalid("end_of_word_suffix", "\"</w>\", as in CLIP's tokenizer,");
        }
        JsonFields vocab = model.fields("vocab")
                .orElseThrow(() -> new InvalidInputException(file + " lacks the field 'model.vocab'" + ADVICE));
        JsonElement merges = model.element("merges").orElseGet(JsonArray::new);
        if (!merges.isJsonArray()) {
            throw model.invalid("merges", "a list of pairs");
        }
        List<Merge> pairs = merges.getAsJsonArray().asList().stream()
                .map(pair -> merge(file, pair))
                .toList();
        return checked(file, new Vocabulary(ids(file, vocab), pairs));
    }

    /**
     * Reads OpenAI's bpe_simple_vocab_16e6.txt.gz: a heading, then merges. The tokens follow from them: the bytes, the bytes at the
     * end of a word, what each merge makes, the start and the end token.
     */
    static Vocabulary fromBpeVocabulary(Path file) {
        List<Merge> merges = lines(file).stream()
                .skip(1)
                .limit(CLIP_MERGES)
                .map(line -> merge(file, line))
                .toList();
        List<String> tokens = new ArrayList<>(ByteAlphabet.inVocabularyOrder());
        ByteAlphabet.inVocabularyOrder().forEach(symbol -> tokens.add(symbol + Vocabulary.END_OF_WORD));
        merges.forEach(merge -> tokens.add(merge.joined()));
        tokens.add(TokenizerDefinition.Role.BOS.usual());
        tokens.add(TokenizerDefinition.Role.EOS.usual());
        Map<String, Integer> ids = new LinkedHashMap<>();
        tokens.forEach(token -> ids.put(token, ids.size()));
        return checked(file, new Vocabulary(ids, merges));
    }

    private static Map<String, Integer> ids(Path file, JsonFields fields) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        Set<Integer> taken = new HashSet<>();
        for (String token : fields.names()) {
            int id = fields.integer(token);
            if (id < 0 || !taken.add(id)) {
                throw new InvalidInputException(file + " gives the token '" + token + "' the id " + id
                        + ", which is negative or taken" + ADVICE);
            }
            ids.put(token, id);
        }
        return ids;
    }

    private static Merge merge(Path file, JsonElement pair) {
        if (pair instanceof JsonArray parts
                && parts.size() == 2
                && parts.get(0).isJsonPrimitive()
                && parts.get(1).isJsonPrimitive()) {
            return new Merge(parts.get(0).getAsString(), parts.get(1).getAsString());
        }
        if (!pair.isJsonPrimitive()) {
            throw new InvalidInputException(file + " has the merge " + pair + " where a pair was expected" + ADVICE);
        }
        return merge(file, pair.getAsString());
    }

    private static Merge merge(Path file, String line) {
        String[] parts = line.strip().split(" ", -1);
        if (parts.length != 2) {
            throw new InvalidInputException(file + " has the merge '" + line
                    + "' where two tokens with a space between were expected" + ADVICE);
        }
        return new Merge(parts[0], parts[1]);
    }

    private static Vocabulary checked(Path file, Vocabulary vocabulary) {
        for (Merge merge : vocabulary.merges()) {
            for (String token : List.of(merge.left(), merge.right(), merge.joined())) {
                if (!vocabulary.ids().containsKey(token)) {
                    throw new InvalidInputException(file + " has the merge '" + merge.left() + " " + merge.right()
                            + "' but the vocabulary has no token '" + token + "'" + ADVICE);
                }
            }
        }
        return vocabulary;
    }

    private static List<String> lines(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException("There is no file " + file + ADVICE);
        }
        try (InputStream bytes = Files.newInputStream(file);
                InputStream text = String.valueOf(file).endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8.newDecoder()))) {
            return reader.lines().toList();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(file + " is not UTF-8 text" + ADVICE, e);
        } catch (UncheckedIOException | IOException e) {
            throw new InvalidInputException("Cannot read " + file + " (" + e.getMessage() + ")" + ADVICE, e);
        }
    }
}
