package dev.text2image.lora;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Fits the adapters of a file to a model.
 *
 * @param file the file, to be named in errors
 * @param component the model
 * @param model its layers with the shapes of their weights
 */
record LoraFit(Path file, LoraComponent component, Map<String, Shape> model) {
    /**
     * Finds the layer of each adapter. Names with underscores for dots are found by the names of the model's layers, so that none has to
     * be guessed.
     *
     * @param entries the adapters by their names in the file
     * @return the names in the file by the layers of the model, in the model's order
     * @throws InvalidInputException listing the layers that the model does not have, or whose weights have another shape
     */
    Map<String, String> match(Map<String, LoraEntry> entries) {
        Map<String, String> names = new LinkedHashMap<>();
        TreeSet<String> left = new TreeSet<>(entries.keySet());
        for (String layer : model.keySet()) {
            List.of(layer, layer.replace('.', '_'), layer.replaceFirst("^text_model\\.", "")).stream()
                    .filter(left::remove)
                    .findFirst()
                    .ifPresent(name -> names.put(layer, name));
        }
        if (!left.isEmpty()) {
            throw new InvalidInputException(file + " does not fit the model: its " + component.prefix()
                    + " has no layer " + LoraIndex.shown(List.copyOf(left))
                    + ". Use the base model that the file was trained for.");
        }
        checkShapes(entries, names);
        return names;
    }

    private void checkShapes(Map<String, LoraEntry> entries, Map<String, String> names) {
        List<String> problems = new ArrayList<>();
        names.forEach((layer, name) -> {
            LoraEntry entry = Objects.requireNonNull(entries.get(name));
            List<Long> down = entry.tensor(LoraKey.Role.DOWN).shape();
            List<Long> up = entry.tensor(LoraKey.Role.UP).shape();
            Shape weight = Objects.requireNonNull(model.get(layer));
            long rank = down.isEmpty() ? 0 : down.get(0);
            if (rank < 1 || !same(down, down(weight, rank)) || !same(up, up(weight, rank))) {
                problems.add(layer + " is adapted by " + text(down) + " and " + text(up) + ", as for a weight of "
                        + made(down, up) + ", but has " + text(sizes(weight)));
            }
        });
        if (!problems.isEmpty()) {
            throw new InvalidInputException(file + " was made for another model: " + LoraIndex.shown(problems)
                    + ". Use the base model that the file was trained for.");
        }
    }

    private static List<Long> sizes(Shape shape) {
        return Arrays.stream(shape.getShape()).boxed().toList();
    }

    /** The shape of A of an adapter. */
    static Shape down(Shape weight, long rank) {
        long[] sizes = weight.getShape().clone();
        sizes[0] = rank;
        return new Shape(sizes);
    }

    /** The shape of B of an adapter. */
    static Shape up(Shape weight, long rank) {
        return weight.dimension() == 4 ? new Shape(weight.get(0), rank, 1, 1) : new Shape(weight.get(0), rank);
    }

    /** Compares shapes up to ones at their end: a 1 × 1 convolution is a linear layer. */
    private static boolean same(List<Long> stored, Shape wanted) {
        return withoutOnes(stored).equals(withoutOnes(sizes(wanted)));
    }

    private static List<Long> withoutOnes(List<Long> shape) {
        int end = shape.size();
        while (end > 2 && shape.get(end - 1) == 1) {
            end--;
        }
        return shape.subList(0, end);
    }

    private static String made(List<Long> down, List<Long> up) {
        List<Long> weight = new ArrayList<>(down);
        if (!weight.isEmpty() && !up.isEmpty()) {
            weight.set(0, up.get(0));
        }
        return text(weight);
    }

    private static String text(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(" x ", "(", ")"));
    }
}
