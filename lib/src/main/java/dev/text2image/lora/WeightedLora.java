package dev.text2image.lora;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA file and how strongly it counts.
 *
 * @param file the file, or a directory as for {@link LoraFile#open}
 * @param weight 1 as it was trained, 0 for nothing, negative for the opposite
 * @param blocks other weights for some blocks, by what the names of their layers begin with, such as {@code down_blocks} or
 *     {@code up_blocks.1.attentions}; the longest such name counts. The text encoder's begin with {@code text_encoder}
 */
public record WeightedLora(Path file, double weight, Map<String, Double> blocks) {
    private static final String NUMBER = "-?\\d+(?:\\.\\d+)?";
    private static final Pattern TEXT = Pattern.compile("(.+?):(" + NUMBER + ")((?:,[a-z_0-9.]+=" + NUMBER + ")*)");

    /** Copies the map. */
    public WeightedLora {
        blocks = Map.copyOf(blocks);
    }

    /**
     * Takes a file as it was trained.
     *
     * @param file the file
     * @param weight how strongly it counts
     * @return the file with the same weight for all blocks
     */
    public static WeightedLora of(Path file, double weight) {
        return new WeightedLora(file, weight, Map.of());
    }

    /**
     * Reads what is typed on a command line.
     *
     * @param text {@code FILE}, {@code FILE:WEIGHT} or {@code FILE:WEIGHT,BLOCK=WEIGHT,...}
     * @return the file with its weights, 1 if there is none
     */
    public static WeightedLora parse(String text) {
        Matcher given = TEXT.matcher(text);
        if (!given.matches()) {
            return of(Path.of(text), 1);
        }
        Map<String, Double> blocks = new LinkedHashMap<>();
        for (String block : given.group(3).split(",", -1)) {
            if (!block.isEmpty()) {
                String[] parts = block.split("=", 2);
                blocks.put(parts[0], Double.valueOf(parts[1]));
            }
        }
        return new WeightedLora(Path.of(given.group(1)), Double.parseDouble(given.group(2)), blocks);
    }

    /**
     * Adds the adapters of a model to its weights.
     *
     * @param component the model
     * @param model its layers with the shapes of their weights
     * @param base its weights, which must stay open as long as the result
     * @return the sum, to be closed by the caller; the given weights themselves if the file does not change the model
     * @throws InvalidInputException if the file cannot be read, was made for another model, or has no adapter in a block with a weight of
     *     its own
     */
    public Weights addTo(LoraComponent component, Map<String, Shape> model, Weights base) {
        LoraFile lora = LoraFile.open(file);
        checkBlocks(lora);
        if (!lora.components().contains(component)) {
            return base;
        }
        try (LoraAdapters adapters = lora.read(component, model, base.device())) {
            return adapters.addTo(base, layer -> weightOf(component, layer));
        }
    }

    /**
     * Checks, before long work, that the file fits.
     *
     * @param models the layers of each model with the shapes of their weights
     * @return the models that the file changes
     * @throws InvalidInputException as {@link #addTo}
     */
    public Set<LoraComponent> check(Function<LoraComponent, Map<String, Shape>> models) {
        LoraFile lora = LoraFile.open(file);
        checkBlocks(lora);
        LoraParts.read(lora, models).close();
        return lora.components();
    }

    private double weightOf(LoraComponent component, String layer) {
        String name = name(component, layer);
        return blocks.entrySet().stream()
                .filter(block -> isWithin(name, block.getKey(), '.'))
                .max(Comparator.comparingInt(block -> block.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(weight);
    }

    private void checkBlocks(LoraFile lora) {
        Set<String> names = new TreeSet<>();
        for (LoraComponent component : lora.components()) {
            lora.layers(component)
                    .keySet()
                    .forEach(layer -> names.add(name(component, layer).replace('.', '_')));
        }
        for (String block : blocks.keySet()) {
            if (names.stream().noneMatch(name -> isWithin(name, block.replace('.', '_'), '_'))) {
                throw new InvalidInputException("'" + block + "' has a weight of its own, but " + file
                        + " has no adapter there; give the beginning of a layer's name such as down_blocks, mid_block,"
                        + " up_blocks.1 or text_encoder.");
            }
        }
    }

    private static String name(LoraComponent component, String layer) {
        return component == LoraComponent.UNET ? layer : component.prefix() + "." + layer;
    }

    private static boolean isWithin(String name, String block, char separator) {
        return name.equals(block) || name.startsWith(block + separator);
    }
}
