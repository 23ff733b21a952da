package dev.text2image.models;

import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Module;
import dev.text2image.nn.Parameter;
import dev.text2image.nn.graph.Activations;
import dev.text2image.nn.graph.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Divides a network into blocks, by the names of its parameters. */
final class ModelBlocks {
    /** The start of a parameter's key that names the block which the parameter belongs to. */
    private static final Pattern BLOCK =
            Pattern.compile("(?:encoder\\.|decoder\\.|text_model\\.(?:encoder\\.)?)?[a-z_]+(?:\\.\\d+)?");

    private ModelBlocks() {}

    /** The blocks with their outputs, in the order of a pass. */
    static List<ModelSummary.Block> of(Module network, Function<List<Tensor>, Tensor> pass, List<Shape> inputs) {
        return Activations.outputsOfBlocks(network, ModelBlocks::nameOf, pass, inputs.toArray(Shape[]::new))
                .entrySet()
                .stream()
                .map(output -> block(network, output.getKey(), output.getValue()))
                .toList();
    }

    private static String nameOf(String key) {
        Matcher block = BLOCK.matcher(key);
        return block.lookingAt() ? block.group() : key;
    }

    private static ModelSummary.Block block(Module network, String name, List<Long> output) {
        List<Parameter> own = network.namedParameters().entrySet().stream()
                .filter(parameter -> nameOf(parameter.getKey()).equals(name))
                .map(Map.Entry::getValue)
                .toList();
        String shape = output.stream().skip(1).map(size -> ", " + size).collect(Collectors.joining("", "(b", ")"));
        long numbers =
                own.stream().mapToLong(parameter -> parameter.shape().size()).sum();
        return new ModelSummary.Block(name, shape, own.size(), numbers);
    }
}
