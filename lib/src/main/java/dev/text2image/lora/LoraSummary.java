package dev.text2image.lora;

import dev.text2image.io.ByteSize;
import dev.text2image.io.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is in a LoRA file, as far as its header and the alphas tell.
 *
 * @param file the file
 * @param format the form of its tensors
 * @param bytes its size
 * @param types the number formats of its tensors
 * @param base which base model it is for, in words
 * @param parts the adapters of each model
 * @param metadata what the header says beside the tensors
 */
public record LoraSummary(
        Path file,
        LoraFormat format,
        long bytes,
        Set<DType> types,
        String base,
        List<Part> parts,
        Map<String, String> metadata) {
    private static final int SHOWN = 200;

    /**
     * The adapters of a model.
     *
     * @param component the model
     * @param layers how many layers of each kind have an adapter
     * @param ranks the ranks with how many layers have them
     * @param alphas the alphas with how many layers have them
     * @param parameters how many numbers the adapters have
     */
    public record Part(
            LoraComponent component,
            Map<String, Long> layers,
            Map<Integer, Long> ranks,
            Map<Double, Long> alphas,
            long parameters) {
        /** Copies the maps. */
        public Part {
            layers = Map.copyOf(layers);
            ranks = Map.copyOf(ranks);
            alphas = Map.copyOf(alphas);
        }

        @Override
        public String toString() {
            long count = layers.values().stream().mapToLong(Long::longValue).sum();
            return String.format(
                    Locale.ROOT,
                    "%s: %,d parameters in %d layers (%s), rank %s, alpha %s",
                    component.title(),
                    parameters,
                    count,
                    layers.entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(kind -> kind.getValue() + " " + kind.getKey())
                            .collect(Collectors.joining(", ")),
                    values(ranks),
                    values(alphas));
        }

        private static <T extends Comparable<T>> String values(Map<T, Long> counts) {
            return counts.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(value -> number(value.getKey()) + (counts.size() > 1 ? " (" + value.getValue() + ")" : ""))
                    .collect(Collectors.joining(", "));
        }

        private static String number(Object value) {
            return String.valueOf(value).replaceFirst("\\.0$", "");
        }
    }

    /** Copies the collections. */
    public LoraSummary {
        types = Set.copyOf(types);
        parts = List.copyOf(parts);
        metadata = Map.copyOf(metadata);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder()
                .append(file)
                .append(": ")
                .append(ByteSize.text(bytes))
                .append(", form of ")
                .append(format.title())
                .append(", ")
                .append(types.stream().map(Enum::name).sorted().collect(Collectors.joining(", ")))
                .append("\nfor ")
                .append(base);
        parts.forEach(part -> text.append('\n').append(part));
        metadata.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry ->
                        text.append("\n  ").append(entry.getKey()).append(": ").append(shortened(entry.getValue())));
        return text.toString();
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "... (" + line.length() + " characters)";
    }
}
