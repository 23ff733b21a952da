package dev.text2image.plots;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;

/**
 * Brings an image down to 256 colours, so that its PNG is a third to a quarter as large. Charts have hardly more, and keep white and
 * the colours of their lines; photographs lose shades that an overview does not show.
 *
 * <p>Boxes of colours are divided where their squared error is largest (median cut, Heckbert, 1982), then moved to the middle of the
 * colours that are nearest to them.
 */
final class Palette {
    private static final int SIZE = 256;
    private static final int REFINEMENTS = 3;

    private Palette() {}

    /**
     * Reduces the colours of an image.
     *
     * @param image an RGB image
     * @param properties what the result carries along
     * @return an image of type {@link BufferedImage#TYPE_BYTE_INDEXED}; exact if there are at most 256 colours
     */
    static BufferedImage reduce(BufferedImage image, Hashtable<String, Object> properties) {
        int width = image.getWidth();
        int[] pixels = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
        Counted[] colors = colors(pixels);
        List<Box> boxes = boxes(colors);
        for (int i = 0; i < REFINEMENTS && colors.length > SIZE; i++) {
            boxes = nearest(colors, boxes);
        }
        int[] palette = boxes.stream().mapToInt(Box::color).toArray();
        var model = new IndexColorModel(8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE);
        var raster = model.createCompatibleWritableRaster(width, image.getHeight());
        raster.setDataElements(0, 0, width, image.getHeight(), mapped(pixels, indices(boxes)));
        return new BufferedImage(model, raster, false, properties);
    }

    /** Puts each colour to the box whose colour is nearest, as k-means does; boxes that lose all colours are left out. */
    private static List<Box> nearest(Counted[] colors, List<Box> boxes) {
        int[] palette = boxes.stream().mapToInt(Box::color).toArray();
        List<List<Counted>> members =
                boxes.stream().<List<Counted>>map(box -> new ArrayList<>()).toList();
        for (Counted color : colors) {
            int best = 0;
            for (int i = 1; i < palette.length; i++) {
                best = color.distance(palette[i]) < color.distance(palette[best]) ? i : best;
            }
            members.get(best).add(color);
        }
        return members.stream()
                .filter(list -> !list.isEmpty())
                .map(list -> Box.of(list.toArray(Counted[]::new)))
                .toList();
    }

    private static Map<Integer, Byte> indices(List<Box> boxes) {
        Map<Integer, Byte> indices = new HashMap<>();
        for (int i = 0; i < boxes.size(); i++) {
            for (Counted color : boxes.get(i).colors()) {
                indices.put(color.rgb(), (byte) i);
            }
        }
        return indices;
    }

    private static byte[] mapped(int[] pixels, Map<Integer, Byte> indices) {
        byte[] mapped = new byte[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            // Most pixels are as the one before, which saves looking them up.
            mapped[i] = i > 0 && pixels[i] == pixels[i - 1] ? mapped[i - 1] : indices.getOrDefault(pixels[i], (byte) 0);
        }
        return mapped;
    }

    private static Counted[] colors(int[] pixels) {
        int[] sorted = pixels.clone();
        Arrays.sort(sorted);
        Counted[] colors = new Counted[sorted.length];
        int found = 0;
        for (int start = 0, end = 0; start < sorted.length; start = end) {
            while (end < sorted.length && sorted[end] == sorted[start]) {
                end++;
            }
            colors[found++] = new Counted(sorted[start], end - start);
        }
        return Arrays.copyOf(colors, found);
    }

    private static List<Box> boxes(Counted[] colors) {
        var boxes =
                new PriorityQueue<Box>(Comparator.comparingDouble(Box::error).reversed());
        boxes.add(Box.of(colors));
        while (boxes.size() < SIZE && boxes.element().error() > 0) {
            boxes.remove().divide().forEach(boxes::add);
        }
        return List.copyOf(boxes);
    }

    private record Counted(int rgb, int count) {
        int channel(int axis) {
            return rgb >> (16 - 8 * axis) & 0xff;
        }

        int distance(int other) {
            int red = (rgb >> 16 & 0xff) - (other >> 16 & 0xff);
            int green = (rgb >> 8 & 0xff) - (other >> 8 & 0xff);
            int blue = (rgb & 0xff) - (other & 0xff);
            return red * red + green * green + blue * blue;
        }
    }

    /** Some colours, and along which channel (0 to 2) their squared error from the mean is largest. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Box(Counted[] colors, int axis, double error) {
        static Box of(Counted[] colors) {
            int longest = 0;
            double largest = -1;
            for (int axis = 0; axis < 3; axis++) {
                double error = squaredError(colors, axis);
                if (error > largest) {
                    longest = axis;
                    largest = error;
                }
            }
            return new Box(colors, longest, colors.length == 1 ? 0 : largest);
        }

        private static double squaredError(Counted[] colors, int axis) {
            double mean = mean(colors, axis);
            double sum = 0;
            for (Counted color : colors) {
                double distance = color.channel(axis) - mean;
                sum += color.count() * distance * distance;
            }
            return sum;
        }

        private static double mean(Counted[] colors, int axis) {
            long sum = 0;
            long count = 0;
            for (Counted color : colors) {
                sum += (long) color.count() * color.channel(axis);
                count += color.count();
            }
            return (double) sum / count;
        }

        /** Two boxes, below and above the mean. */
        List<Box> divide() {
            double mean = mean(colors, axis);
            Map<Boolean, List<Counted>> sides =
                    Arrays.stream(colors).collect(Collectors.partitioningBy(c -> c.channel(axis) > mean));
            return sides.values().stream()
                    .map(side -> of(side.toArray(Counted[]::new)))
                    .toList();
        }

        /** The colour that most pixels have if it is theirs by far, and else the mean. */
        int color() {
            Counted first = Arrays.stream(colors)
                    .max(Comparator.comparingInt(Counted::count))
                    .orElseThrow();
            long all = Arrays.stream(colors).mapToLong(Counted::count).sum();
            return 2L * first.count() >= all
                    ? first.rgb()
                    : 0xff000000 | rounded(0) << 16 | rounded(1) << 8 | rounded(2);
        }

        private int rounded(int channel) {
            return (int) Math.round(mean(colors, channel));
        }
    }
}
