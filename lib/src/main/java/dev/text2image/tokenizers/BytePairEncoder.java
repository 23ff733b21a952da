package dev.text2image.tokenizers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Joins the characters of a word into tokens: again and again the neighbours that come first in the list of merges, the leftmost
 * of them first.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Sennrich, Haddow and Birch, section 3.2</a>
 */
final class BytePairEncoder {
    private final Map<String, Integer> ids;
    private final Map<Vocabulary.Merge, Integer> ranks = new HashMap<>();
    private final int unknownId;

    /** Two neighbours that may be joined. */
    private record Candidate(int rank, int left, int right, Vocabulary.Merge merge) {}

    /**
     * Prepares to encode words.
     *
     * @param vocabulary the tokens and merges
     * @param unknownId the id of a character that is no token
     */
    BytePairEncoder(Vocabulary vocabulary, int unknownId) {
        ids = vocabulary.ids();
        this.unknownId = unknownId;
        for (Vocabulary.Merge merge : vocabulary.merges()) {
            ranks.put(merge, ranks.size());
        }
    }

    /**
     * Encodes a word.
     *
     * @param word a word in the byte alphabet, not empty
     * @return the ids of its tokens
     */
    List<Integer> encode(String word) {
        return new Word(word).joinAll();
    }

    /** The tokens of one word while they are joined: a linked list in arrays, so that long words take no quadratic time. */
    private final class Word {
        private final @Nullable String[] tokens;
        private final int[] previous;
        private final int[] next;
        private final PriorityQueue<Candidate> candidates =
                new PriorityQueue<>(Comparator.comparingInt(Candidate::rank).thenComparingInt(Candidate::left));

        Word(String word) {
            int length = word.length();
            tokens = new @Nullable String[length];
            previous = new int[length];
            next = new int[length];
            for (int i = 0; i < length; i++) {
                tokens[i] = word.charAt(i) + (i == length - 1 ? Vocabulary.END_OF_WORD : "");
                previous[i] = i - 1;
                next[i] = i + 1;
            }
            for (int i = 0; i + 1 < length; i++) {
                propose(i, i + 1);
            }
        }

        List<Integer> joinAll() {
            for (Candidate best = candidates.poll(); best != null; best = candidates.poll()) {
                if (best.merge().equals(pair(best.left(), best.right()))) {
                    join(best);
                }
            }
            List<Integer> result = new ArrayList<>();
            for (int i = 0; i < tokens.length; i = next[i]) {
                result.add(ids.getOrDefault(tokens[i], unknownId));
            }
            return result;
        }

        private void join(Candidate candidate) {
            int left = candidate.left();
            int after = next[candidate.right()];
            tokens[left] = candidate.merge().joined();
            tokens[candidate.right()] = null;
            next[left] = after;
            if (after < tokens.length) {
                previous[after] = left;
                propose(left, after);
            }
            if (previous[left] >= 0) {
                propose(previous[left], left);
            }
        }

        private void propose(int left, int right) {
            Vocabulary.Merge pair = pair(left, right);
            Integer rank = pair == null ? null : ranks.get(pair);
            if (pair != null && rank != null) {
                candidates.add(new Candidate(rank, left, right, pair));
            }
        }

        /** Returns the pair at two places, null unless both hold tokens and are neighbours. */
        private Vocabulary.@Nullable Merge pair(int left, int right) {
            String first = tokens[left];
            String second = tokens[right];
            return first == null || second == null || next[left] != right ? null : new Vocabulary.Merge(first, second);
        }
    }
}
