package dev.text2image.lora;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The adapters that the names of a file's tensors tell of.
 *
 * @param entries the adapters of each model by their names in the file
 * @param format the form of the names
 */
record LoraIndex(Map<LoraComponent, Map<String, LoraEntry>> entries, LoraFormat format) {
    private static final int SHOWN = 8;
    private static final Map<String, String> OTHER_KINDS = Map.of(
            "dora_scale", "DoRA",
            "lora_magnitude_vector", "DoRA",
            "hada_", "LoHa",
            "lokr_", "LoKr",
            "lora_mid", "LoCon with a middle factor");
    private static final Map<String, String> OTHER_MODELS = Map.of(
            "lora_te2_", "Stable Diffusion XL",
            "text_encoder_2.", "Stable Diffusion XL",
            "transformer.", "a transformer such as Stable Diffusion 3 or Flux",
            "lora_transformer_", "a transformer such as Stable Diffusion 3 or Flux");

    /**
     * Reads the names.
     *
     * @param file the file, to be named in errors
     * @param tensors its tensors by name
     * @throws InvalidInputException if there are none, one fits no form, or an adapter is not complete
     */
    static LoraIndex of(Path file, Map<String, TensorInfo> tensors) {
        checkModel(file, tensors.keySet());
        Map<LoraComponent, Map<String, LoraEntry>> entries = new EnumMap<>(LoraComponent.class);
        Map<LoraFormat, Integer> formats = new EnumMap<>(LoraFormat.class);
        List<String> unknown = new ArrayList<>();
        tensors.forEach((name, info) -> LoraKey.parse(name)
                .ifPresentOrElse(
                        key -> {
                            entries.computeIfAbsent(key.component(), component -> new TreeMap<>())
                                    .computeIfAbsent(
                                            key.layer(), layer -> new LoraEntry(new EnumMap<>(LoraKey.Role.class)))
                                    .tensors()
                                    .put(key.role(), info);
                            formats.merge(key.format(), 1, Integer::sum);
                        },
                        () -> unknown.add(name)));
        refuse(file, unknown, tensors.size());
        LoraFormat format =
                formats.containsKey(LoraFormat.DIFFUSERS) // beside which diffusers keeps some of peft's names
                        ? LoraFormat.DIFFUSERS
                        : Collections.max(formats.entrySet(), Map.Entry.comparingByValue())
                                .getKey();
        LoraIndex index = new LoraIndex(entries, format);
        index.checkPairs(file);
        return index;
    }

    private static void checkModel(Path file, Set<String> names) {
        OTHER_MODELS.forEach((start, model) -> names.stream()
                .filter(name -> name.startsWith(start))
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidInputException(file + " is for " + model + " (" + name
                            + "), which is not supported; Stable Diffusion 1.x and 2.x are.");
                }));
    }

    private static void refuse(Path file, List<String> unknown, int tensors) {
        if (unknown.isEmpty() && tensors > 0) {
            return;
        }
        for (Map.Entry<String, String> kind : OTHER_KINDS.entrySet()) {
            if (unknown.stream().anyMatch(name -> name.contains(kind.getKey()))) {
                throw new InvalidInputException(file + " holds adapters of the kind " + kind.getValue() + " ("
                        + shown(unknown) + "), which is not supported; LoRA of Stable Diffusion 1.x and 2.x is.");
            }
        }
        throw new InvalidInputException(file + " is no LoRA file that is known here: "
                + (tensors == 0
                        ? "it has no tensors"
                        : shown(unknown) + " of " + tensors + " tensors fit no form of adapters")
                + ". Give a file of diffusers, peft or kohya's scripts.");
    }

    /** The first of many names. */
    static String shown(List<String> names) {
        String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
        return String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))) + more;
    }

    private void checkPairs(Path file) {
        List<String> single = entries.values().stream()
                .flatMap(layers -> layers.entrySet().stream())
                .filter(entry ->
                        !entry.getValue().tensors().keySet().containsAll(Set.of(LoraKey.Role.DOWN, LoraKey.Role.UP)))
                .map(Map.Entry::getKey)
                .toList();
        if (!single.isEmpty()) {
            throw new InvalidInputException(file + " is incomplete: " + shown(single)
                    + " lack one of the two matrices of an adapter. Take another copy of it.");
        }
    }
}
