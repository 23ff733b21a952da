package dev.text2image.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.ComponentWeights;
import dev.text2image.io.DType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.FilePages;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a network's weights from a component directory, after checking that they are exactly what the network needs. */
final class WeightLoader {
    private static final int SHOWN = 8;

    private final Path directory;
    private final Module network;
    private final ComponentWeights source;
    private final Map<String, String> sourceName = new LinkedHashMap<>();

    private WeightLoader(Path directory, WeightNames names, Module network, ComponentWeights source) {
        this.directory = directory;
        this.network = network;
        this.source = source;
        for (String name : source.names()) {
            names.current().apply(name).ifPresent(key -> sourceName.put(key, name));
        }
    }

    /**
     * Loads weights.
     *
     * @param directory the component's directory
     * @param names the names that the files use
     * @param network the network
     * @param options device, format of the weights and variant
     * @return the weights, to be closed by the caller
     * @throws InvalidInputException listing every tensor that is missing, unexpected or of a wrong shape
     */
    static Weights load(Path directory, WeightNames names, Module network, ModelOptions options) {
        try (ComponentWeights source = ComponentWeights.open(directory, names.file(), options.variant())) {
            WeightLoader loader = new WeightLoader(directory, names, network, source);
            loader.check();
            Map<String, FilePages> pages = options.inFiles() ? loader.pages(options) : Map.of();
            return pages.isEmpty()
                    ? Weights.create(
                            network, options.device(), options.formats().weights(), loader::read)
                    : Weights.inFiles(network, options.device(), pages);
        }
    }

    /**
     * Checks that files hold exactly what a network needs; only their headers are read.
     *
     * @param directory the component's directory
     * @param names the names that the files use
     * @param network the network
     * @param variant the variant of the weight files, or null
     * @throws InvalidInputException listing every tensor that is missing, unexpected or of a wrong shape
     */
    static void check(Path directory, WeightNames names, Module network, @Nullable String variant) {
        try (ComponentWeights source = ComponentWeights.open(directory, names.file(), variant)) {
            new WeightLoader(directory, names, network, source).check();
        }
    }

    private void check() {
        Map<String, Parameter> expected = network.namedParameters();
        List<String> problems = new ArrayList<>();
        report(problems, "missing", without(expected.keySet(), sourceName.keySet()));
        report(problems, "unexpected", without(sourceName.keySet(), expected.keySet()));
        report(
                problems,
                "of another shape",
                expected.entrySet().stream()
                        .filter(entry -> sourceName.containsKey(entry.getKey()))
                        .filter(entry -> !fits(entry.getKey(), entry.getValue()))
                        .map(entry -> entry.getKey() + " " + storedShape(entry.getKey()) + ", expected "
                                + entry.getValue().shape())
                        .toList());
        if (!problems.isEmpty()) {
            throw new InvalidInputException("The weights in " + directory + " do not fit its config.json: "
                    + String.join("; ", problems) + ". Check that both come from the same model.");
        }
    }

    private static List<String> without(Set<String> names, Set<String> others) {
        return names.stream().filter(name -> !others.contains(name)).toList();
    }

    private static void report(List<String> problems, String what, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
        problems.add(names.size() + " tensors " + what + " ("
                + String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))) + more + ")");
    }

    /** Old checkpoints store the autoencoder's linear layers as 1 × 1 convolutions: the same numbers in the same order. */
    private boolean fits(String key, Parameter parameter) {
        Shape stored = storedShape(key);
        return stored.equals(parameter.shape())
                || stored.equals(parameter.shape().addAll(new Shape(1, 1)));
    }

    private Shape storedShape(String key) {
        return new Shape(source.info(nameOf(key)).shape());
    }

    private String nameOf(String key) {
        String name = sourceName.get(key);
        if (name == null) {
            throw new IllegalStateException("No tensor for " + key + " although the weights were checked.");
        }
        return name;
    }

    /** Where the weights lie in their files; empty if they cannot be computed with there. */
    private Map<String, FilePages> pages(ModelOptions options) {
        if (options.device().isGpu() || options.formats().weights() != Precision.FP32) {
            return Map.of();
        }
        Map<String, FilePages> pages = new LinkedHashMap<>();
        try {
            for (String key : network.namedParameters().keySet()) {
                String name = nameOf(key);
                boolean isFloat = source.info(name).dtype() == DType.F32;
                Optional<FilePages> part = isFloat ? FilePages.of(source.data(name)) : Optional.empty();
                if (part.isEmpty()) {
                    return Map.of();
                }
                pages.put(key, part.get());
            }
        } catch (UncheckedIOException e) {
            return Map.of(); // some file systems can be read but not mapped
        }
        return pages;
    }

    private NDArray read(NDManager manager, String key, Parameter parameter) {
        NDArray stored = source.read(manager, nameOf(key));
        NDArray result = stored.toType(DataType.FLOAT32, false).reshape(parameter.shape());
        if (result != stored) {
            stored.close();
        }
        return result;
    }
}
