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
     * @param images the images, plain or mirrored
     * @param keys their keys in the cache
     */
    record OfImages(List<ImageVariant> images, List<String> keys) implements CachePart {
        /** Copies the lists. */
        public OfImages {
            images = List.copyOf(images);
            keys = List.copyOf(keys);
        }

        @Override
        public int size() {
            return (int) images.stream().map(ImageVariant::row).distinct().count();
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
