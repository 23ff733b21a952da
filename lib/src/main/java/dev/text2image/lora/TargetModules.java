package dev.text2image.lora;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.LowRank;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The layers that a training adapts, by names or presets. A name stands for every layer that is called so or whose name ends
 * with a dot and it, as peft's {@code target_modules}.
 */
public final class TargetModules {
    /** Queries, keys, values and outputs of all attentions; the layers that diffusers' script adapts. */
    public static final String ATTENTION = "attention";
    /** The attentions and the feed-forward layers behind them. */
    public static final String ATTENTION_FEED_FORWARD = "attention+feed-forward";
    /** All convolutions but the first and the last. */
    public static final String CONVOLUTIONS = "convolutions";

    private static final Set<String> ENDS = Set.of("conv_in", "conv_out");

    private TargetModules() {}

    /**
     * Chooses layers.
     *
     * @param wanted presets and names
     * @param models the layers of each model with the shapes of their weights, of {@code ModelOutline.layers()}
     * @param size the size of each adapter
     * @return the adapters of each model by the name of their layer, in the order of the model
     * @throws InvalidInputException if a name fits no layer, a model gets no adapter, or the rank is larger than a layer's weight can have
     */
    public static Map<LoraComponent, Map<String, LowRank>> choose(
            List<String> wanted, Map<LoraComponent, Map<String, Shape>> models, LowRank size) {
        for (String name : wanted) {
            if (models.entrySet().stream()
                    .allMatch(model ->
                            find(name, model.getKey(), model.getValue()).isEmpty())) {
                throw new InvalidInputException("lora_target_modules has '" + name + "', but no layer of the "
                        + titles(models) + " is called so." + choices(models));
            }
        }
        Map<LoraComponent, Map<String, LowRank>> chosen = new EnumMap<>(LoraComponent.class);
        models.forEach((component, layers) -> chosen.put(component, choose(wanted, component, layers, size)));
        chosen.forEach((component, adapters) -> {
            if (adapters.isEmpty()) {
                throw new InvalidInputException("lora_target_modules has no layer of the " + component.title() + "."
                        + choices(Map.of(component, layersOf(models, component))));
            }
        });
        return chosen;
    }

    private static Map<String, LowRank> choose(
            List<String> wanted, LoraComponent component, Map<String, Shape> model, LowRank size) {
        Set<String> chosen = wanted.stream()
                .flatMap(name -> find(name, component, model).stream())
                .collect(Collectors.toSet());
        Map<String, LowRank> adapters = new LinkedHashMap<>();
        model.forEach((layer, weight) -> {
            if (chosen.contains(layer)) {
                checkRank(layer, weight, size.rank());
                adapters.put(layer, size);
            }
        });
        return adapters;
    }

    private static Map<String, Shape> layersOf(Map<LoraComponent, Map<String, Shape>> models, LoraComponent component) {
        return models.getOrDefault(component, Map.of());
    }

    private static String titles(Map<LoraComponent, Map<String, Shape>> models) {
        return models.keySet().stream().map(LoraComponent::title).collect(Collectors.joining(" or the "));
    }

    private static String choices(Map<LoraComponent, Map<String, Shape>> models) {
        return " Give " + ATTENTION + ", " + ATTENTION_FEED_FORWARD + ", " + CONVOLUTIONS + " or ends of names such as "
                + models.values().stream().map(TargetModules::examples).collect(Collectors.joining(", ")) + ".";
    }

    private static Set<String> find(String name, LoraComponent component, Map<String, Shape> model) {
        return switch (name) {
            case ATTENTION -> endingWith(component.attention(), model);
            case ATTENTION_FEED_FORWARD -> {
                Set<String> both = endingWith(component.attention(), model);
                both.addAll(endingWith(component.feedForward(), model));
                yield both;
            }
            case CONVOLUTIONS ->
                model.keySet().stream()
                        .filter(layer -> shape(model, layer).dimension() == 4 && !ENDS.contains(layer))
                        .collect(Collectors.toCollection(LinkedHashSet::new));
            default -> endingWith(List.of(name), model);
        };
    }

    private static Set<String> endingWith(List<String> names, Map<String, Shape> model) {
        return model.keySet().stream()
                .filter(layer -> names.stream().anyMatch(name -> layer.equals(name) || layer.endsWith("." + name)))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Shape shape(Map<String, Shape> model, String layer) {
        return model.getOrDefault(layer, new Shape());
    }

    private static String examples(Map<String, Shape> model) {
        Set<String> ends = new TreeSet<>();
        model.keySet().forEach(layer -> ends.add(layer.replaceFirst(".*\\.(?=\\D)", "")));
        return ends.stream().limit(6).collect(Collectors.joining(", "));
    }

    /** A product of matrices with more columns than the weight has rows says nothing new. */
    private static void checkRank(String layer, Shape weight, int rank) {
        long out = weight.get(0);
        long in = weight.size() / out;
        if (rank > Math.min(in, out)) {
            throw new InvalidInputException("rank is " + rank + ", but the weight of " + layer + " is " + out + " x "
                    + in
                    + (weight.dimension() == 4 ? " (" + kernel(weight) + ")" : "") + "; choose a rank of at most "
                    + Math.min(in, out) + ", or other lora_target_modules.");
        }
    }

    private static String kernel(Shape weight) {
        return IntStream.range(0, weight.dimension())
                .mapToObj(i -> String.valueOf(weight.get(i)))
                .collect(Collectors.joining(" x "));
    }
}
