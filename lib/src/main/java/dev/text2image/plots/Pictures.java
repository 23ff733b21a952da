package dev.text2image.plots;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.data.loading.Batch;
import dev.text2image.pipelines.GeneratedImages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Images of any of the kinds that there are, as those that can be drawn.
 *
 * <p>A kind is {@link BufferedImage}, {@link RgbImage}, DJL's {@code Image}, {@link CaptionedImage}, a tensor (3, h, w), (1, h, w) or
 * (h, w) in [-1, 1], or what holds several: {@link GeneratedImages}, {@link Batch}, {@link CaptionedDataset}, a tensor (b, 3, h, w) or
 * (b, 1, h, w), or a list of these kinds.
 *
 * @param images the images
 * @param captions a caption for each that has one, else an empty text
 */
public record Pictures(List<BufferedImage> images, List<String> captions) {
    private static final int MAX_ROWS = 256;

    /** Copies the lists. */
    public Pictures {
        images = List.copyOf(images);
        captions = List.copyOf(captions);
    }

    /**
     * Reads images.
     *
     * @param source one of the kinds above
     * @return the images with the captions they bring along
     * @throws IllegalArgumentException if it is of none of the kinds, or a data set has more than 256 rows
     */
    public static Pictures of(Object source) {
        return find(source)
                .orElseThrow(() -> new IllegalArgumentException("These are no images: " + name(source)
                        + "; give BufferedImage, RgbImage, CaptionedImage, GeneratedImages, Batch, CaptionedDataset, an NDArray "
                        + "(b, 3, h, w) or (3, h, w), or a list of them."));
    }

    /**
     * Reads images, if these are any.
     *
     * @param source anything
     * @return the images; empty if it is of none of the kinds above, or an empty list
     */
    public static Optional<Pictures> find(@Nullable Object source) {
        if (source instanceof GeneratedImages generated) {
            return Optional.of(new Pictures(generated.images(), generated.prompts()));
        }
        if (source instanceof Batch batch) {
            return tensor(batch.pixelValues()).map(pixels -> new Pictures(pixels.images, batch.captions()));
        }
        if (source instanceof NDArray array) {
            return tensor(array);
        }
        if (source instanceof CaptionedDataset dataset) {
            return Optional.of(rows(dataset));
        }
        if (source instanceof List<?> list) {
            return list(list);
        }
        return single(source);
    }

    private static Optional<Pictures> single(@Nullable Object source) {
        if (source instanceof CaptionedImage row) {
            RgbImage image = row.image(Transparency.ON_WHITE);
            return Optional.of(new Pictures(
                    List.of(Images.toBufferedImage(image)),
                    List.of(row.captions().get(0))));
        }
        BufferedImage image = null;
        if (source instanceof BufferedImage plain) {
            image = plain;
        } else if (source instanceof RgbImage rgb) {
            image = Images.toBufferedImage(rgb);
        } else if (source instanceof Image djl && djl.getWrappedImage() instanceof BufferedImage wrapped) {
            image = wrapped;
        }
        return image == null ? Optional.empty() : Optional.of(new Pictures(List.of(image), List.of("")));
    }

    private static Optional<Pictures> list(List<?> list) {
        List<BufferedImage> images = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (Object element : list) {
            Optional<Pictures> found = find(element);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            images.addAll(found.get().images);
            captions.addAll(found.get().captions);
        }
        return images.isEmpty() ? Optional.empty() : Optional.of(new Pictures(images, captions));
    }

    private static Pictures rows(CaptionedDataset dataset) {
        if (dataset.size() > MAX_ROWS) {
            throw new IllegalArgumentException(dataset + " has " + dataset.size() + " rows; show at most " + MAX_ROWS
                    + ", for example dataset.sample(12, 0).");
        }
        return list(IntStream.range(0, dataset.size()).mapToObj(dataset::row).toList())
                .orElseThrow();
    }

    private static Optional<Pictures> tensor(NDArray array) {
        Shape shape = array.getShape();
        int rank = shape.dimension();
        boolean colour = rank >= 3 && shape.get(rank - 3) == 3;
        boolean grey = rank == 2 || (rank >= 3 && shape.get(rank - 3) == 1);
        if (rank < 2 || rank > 4 || !(colour || grey) || !array.getDataType().isFloating()) {
            return Optional.empty();
        }
        if (rank < 4) {
            return Optional.of(new Pictures(List.of(image(array)), List.of("")));
        }
        List<BufferedImage> images = new ArrayList<>();
        for (long i = 0; i < shape.get(0); i++) {
            try (NDArray one = array.get(i)) {
                images.add(image(one));
            }
        }
        return Optional.of(new Pictures(images, images.stream().map(image -> "").toList()));
    }

    private static BufferedImage image(NDArray array) {
        Shape shape = array.getShape();
        int rank = shape.dimension();
        if (rank == 3 && shape.get(0) == 3) {
            return Images.toBufferedImage(Images.fromTensor(array));
        }
        long height = shape.get(rank - 2);
        long width = shape.get(rank - 1);
        try (NDArray plane = array.reshape(1, height, width);
                NDArray planes = plane.repeat(0, 3)) {
            return Images.toBufferedImage(Images.fromTensor(planes));
        }
    }

    private static String name(@Nullable Object source) {
        if (source instanceof NDArray array) {
            return "NDArray " + array.getShape() + " " + array.getDataType();
        }
        if (source instanceof List<?> list) {
            Object other = list.stream()
                    .filter(element -> find(element).isEmpty())
                    .findFirst()
                    .orElse(null);
            return list.isEmpty() ? "an empty list" : "a list that holds " + name(other);
        }
        return source == null ? "null" : source.getClass().getSimpleName();
    }
}
