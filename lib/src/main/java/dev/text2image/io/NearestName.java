package dev.text2image.io;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a mistyped name was meant to be. */
public final class NearestName {
    private NearestName() {}

    /** Returns the known name with the fewest letters to change; empty if more than a third of them would change. */
    static Optional<String> of(String name, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .filter(candidate -> 3 * distance(name, candidate) <= candidate.length());
    }

    /**
     * Returns the words that an error about an unknown name ends with.
     *
     * @param name the unknown name
     * @param prefix what is written before such names, for example {@code "--"}
     * @param known the names that exist
     * @return a question that suggests the nearest name, or a full stop
     */
    public static String suggestion(String name, String prefix, Collection<String> known) {
        return of(name, known)
                .map(near -> "; did you mean " + prefix + near + "?")
                .orElse(".");
    }

    /** The number of letters to insert, delete or replace (Levenshtein's distance), row by row. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
