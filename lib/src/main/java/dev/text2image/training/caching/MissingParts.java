package dev.text2image.training.caching;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The parts that caches still lack, by the images and captions in them. */
public final class MissingParts {
    private final Map<ImageVariant, CachePart> images = new HashMap<>();
    private final Map<String, CachePart> captions = new HashMap<>();

    /**
     * Takes note of parts.
     *
     * @param parts the parts
     */
    public MissingParts(List<CachePart> parts) {
        for (CachePart part : parts) {
            if (part instanceof CachePart.OfImages ofImages) {
                ofImages.images().forEach(image -> images.put(image, part));
            } else if (part instanceof CachePart.OfCaptions ofCaptions) {
                ofCaptions.captions().forEach(caption -> captions.put(caption, part));
            }
        }
    }

    /**
     * Finds the parts with some images and captions.
     *
     * @param wanted the images that are needed
     * @param texts the captions that are needed
     * @return the parts, which stay missing until they are {@link #filled}
     */
    public List<CachePart> with(Collection<ImageVariant> wanted, Collection<String> texts) {
        return Stream.concat(wanted.stream().map(images::get), texts.stream().map(captions::get))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /**
     * Strikes parts out.
     *
     * @param filled what is no longer missing
     */
    public void filled(List<CachePart> filled) {
        for (CachePart part : filled) {
            if (part instanceof CachePart.OfImages ofImages) {
                ofImages.images().forEach(images::remove);
            } else if (part instanceof CachePart.OfCaptions ofCaptions) {
                ofCaptions.captions().forEach(captions::remove);
            }
        }
    }

    /**
     * Says whether images are missing.
     *
     * @return true if the autoencoder is still needed
     */
    public boolean lacksImages() {
        return !images.isEmpty();
    }

    /**
     * Says whether captions are missing.
     *
     * @return true if the text encoder is still needed
     */
    public boolean lacksCaptions() {
        return !captions.isEmpty();
    }
}
