package dev.text2image.tokenizers;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a text into words and added tokens, as the hub's fast CLIP tokenizer does.
 *
 * <p>Added tokens are cut out first. What is left is cleaned (composed characters, single spaces, lower case) and cut into runs
 * of letters, single digits, English contractions and runs of everything else that is not a space.
 */
final class TextSplitter {
    private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final String MARKERS = "<\\|startoftext\\|>|<\\|endoftext\\|>";
    private static final String CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
    private static final Pattern WORDS = Pattern.compile(
            MARKERS + "|" + CONTRACTIONS + "|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+", Pattern.UNICODE_CHARACTER_CLASS);
    /** The second cut, of the byte-level step: it differs from the first only in taking markers apart. */
    private static final Pattern MARKER_PARTS = Pattern.compile("<\\||\\p{L}+|\\|>");

    private static final Pattern MARKER = Pattern.compile(MARKERS);

    private final @Nullable Pattern rawTokens;
    private final @Nullable Pattern cleanTokens;
    private final Map<String, AddedToken> rawByContent = new HashMap<>();
    private final Map<String, AddedToken> cleanByContent = new HashMap<>();

    /** A piece of a text: a word, or an added token. */
    record Piece(String word, @Nullable AddedToken token) {}

    /**
     * Prepares to cut texts.
     *
     * @param tokens the added tokens
     */
    TextSplitter(Collection<AddedToken> tokens) {
        for (AddedToken token : tokens) {
            if (token.normalized()) {
                cleanByContent.put(clean(token.content()), token);
            } else {
                rawByContent.put(token.content(), token);
            }
        }
        rawTokens = anyOf(rawByContent.keySet());
        cleanTokens = anyOf(cleanByContent.keySet());
    }

    /**
     * Cuts a text.
     *
     * @param text any text
     * @return its words and added tokens in order
     */
    List<Piece> split(String text) {
        List<Piece> pieces = new ArrayList<>();
        Consumer<String> cleaned =
                part -> cut(part, cleanTokens, cleanByContent, pieces, words -> addWords(words, pieces));
        cut(text, rawTokens, rawByContent, pieces, part -> cleaned.accept(clean(part)));
        return pieces;
    }

    /** Composes characters, makes every run of white space one space, and lowers the case of each character by itself. */
    static String clean(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        return lowerCase(SPACES.matcher(composed).replaceAll(" "));
    }

    /** Unlike {@link String#toLowerCase(Locale)}, does not look at neighbours: a final sigma is lowered like any other. */
    private static String lowerCase(String text) {
        UnaryOperator<String> lower = character -> character.toLowerCase(Locale.ROOT);
        StringBuilder lowered = new StringBuilder(text.length());
        text.codePoints().forEach(character -> lowered.append(lower.apply(Character.toString(character))));
        return lowered.toString();
    }

    /** Adds the tokens found in a text to the pieces and hands what lies between them on. */
    private static void cut(
            String text,
            @Nullable Pattern tokens,
            Map<String, AddedToken> byContent,
            List<Piece> pieces,
            Consumer<String> between) {
        int position = 0;
        if (tokens != null) {
            Matcher matcher = tokens.matcher(text);
            while (matcher.find()) {
                between.accept(text.substring(position, matcher.start()));
                pieces.add(new Piece(matcher.group(), byContent.get(matcher.group())));
                position = matcher.end();
            }
        }
        between.accept(text.substring(position));
    }

    private static void addWords(String text, List<Piece> pieces) {
        Matcher matcher = WORDS.matcher(text);
        while (matcher.find()) {
            String word = matcher.group();
            if (MARKER.matcher(word).matches()) {
                MARKER_PARTS.matcher(word).results().forEach(part -> pieces.add(new Piece(part.group(), null)));
            } else {
                pieces.add(new Piece(word, null));
            }
        }
    }

    /** Makes a pattern that finds the longest of several texts; null for none. */
    private static @Nullable Pattern anyOf(Collection<String> contents) {
        if (contents.isEmpty()) {
            return null;
        }
        return Pattern.compile(contents.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }
}
