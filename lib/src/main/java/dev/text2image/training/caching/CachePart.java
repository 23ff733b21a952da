package dev.text2image.training.caching;

import java.io.Serializable;
import java.util.List;

/**
 * A part of what is missing in the caches of a run: what becomes one file, or in memory one batch. It is encoded in batches that do not
 * depend on who encodes them.
 */
public sealed interface CachePart extends Serializable {
    /**
     * Returns the number of images or captions.
     *
     * @return at least 1
     */
    int size();

    /**
     * Images for the autoencoder.
     *
     * @param rows their rows in the data set
     * @param names their names in the cache
     */
    record OfImages(List<Integer> rows, List<String> names) implements CachePart {
        /** Copies the lists. */
        public OfImages {
            rows = List.copyOf(rows);
            names = List.copyOf(names);
        }

        @Override
        public int size() {
            return rows.size();
        }
    }

    /**
     * Captions for the text encoder.
     *
     * @param captions the captions
     */
    record OfCaptions(List<String> captions) implements CachePart {
        /** Copies the list. */
        public OfCaptions {
            captions = List.copyOf(captions);
        }

        @Override
        public int size() {
            return captions.size();
        }
    }
}
