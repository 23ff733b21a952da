package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.TensorInfo;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A LoRA file in one of the forms of {@link LoraFormat}; opening it reads the header alone.
 *
 * <pre>{@code
 * LoraFile file = LoraFile.open(Path.of("pytorch_lora_weights.safetensors"));
 * try (LoraAdapters adapters = file.read(LoraComponent.UNET, unet.layers(), Device.cpu())) {
 *     LoraWriter.write(Path.of("for-other-programs.safetensors"), LoraFormat.KOHYA, Map.of(LoraComponent.UNET, adapters));
 * }
 * }</pre>
 */
public final class LoraFile {
    /** The name of the file that diffusers writes and looks for. */
    public static final String NAME = "pytorch_lora_weights.safetensors";

    private static final int SHOWN = 8;
    private static final Map<String, String> OTHER_KINDS = Map.of(
            "dora_scale", "DoRA",
            "lora_magnitude_vector", "DoRA",
            "hada_", "LoHa",
            "lokr_", "LoKr",
            "lora_mid", "LoCon with a middle factor",
            "lora_te2_", "Stable Diffusion XL",
            "text_encoder_2.", "Stable Diffusion XL");

    private final Path file;
    private final Map<String, String> metadata;
    private final Map<LoraComponent, Map<String, Entry>> entries;
    private final LoraFormat format;

    /** The tensors of an adapter. */
    record Entry(Map<LoraKey.Role, TensorInfo> tensors) {
        TensorInfo tensor(LoraKey.Role role) {
            TensorInfo info = tensors.get(role);
            if (info == null) {
                throw new IllegalStateException("An adapter lacks its " + role + " although it was checked.");
            }
            return info;
        }
    }

    private LoraFile(SafeTensorsFile source) {
        file = source.file();
        metadata = source.metadata();
        entries = new EnumMap<>(LoraComponent.class);
        Map<LoraFormat, Integer> formats = new EnumMap<>(LoraFormat.class);
        List<String> unknown = new ArrayList<>();
        source.tensors()
                .forEach((name, info) -> LoraKey.parse(name)
                        .ifPresentOrElse(
                                key -> {
                                    entries.computeIfAbsent(key.component(), c -> new TreeMap<>())
                                            .computeIfAbsent(
                                                    key.layer(), l -> new Entry(new EnumMap<>(LoraKey.Role.class)))
                                            .tensors()
                                            .put(key.role(), info);
                                    formats.merge(key.format(), 1, Integer::sum);
                                },
                                () -> unknown.add(name)));
        refuse(unknown, source.tensors().size());
        format = formats.containsKey(LoraFormat.DIFFUSERS) // beside which diffusers keeps some of peft's names
                ? LoraFormat.DIFFUSERS
                : Collections.max(formats.entrySet(), Map.Entry.comparingByValue())
                        .getKey();
        checkPairs();
    }

    /**
     * Opens a file.
     *
     * @param path the file, or a directory that holds {@link #NAME}
     * @return the file
     * @throws InvalidInputException if it is missing or damaged, is no LoRA file, or has tensors of a kind that is not supported
     */
    public static LoraFile open(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve(NAME) : path;
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            return new LoraFile(source);
        }
    }

    private void refuse(List<String> unknown, int tensors) {
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

    private void checkPairs() {
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

    /**
     * Returns where the file is.
     *
     * @return the path of the file itself
     */
    public Path path() {
        return file;
    }

    /**
     * Returns the form of the file.
     *
     * @return the form of its tensors
     */
    public LoraFormat format() {
        return format;
    }

    /**
     * Returns what the header says beside the tensors.
     *
     * @return texts by name
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the models that the file changes.
     *
     * @return at least one
     */
    public Set<LoraComponent> components() {
        return entries.keySet();
    }

    /**
     * Lists the adapters of a model.
     *
     * @param component the model
     * @return the sizes by the name of the layer as the file has it; empty if it does not change the model
     * @throws InvalidInputException if an alpha cannot be used
     */
    public Map<String, LowRank> layers(LoraComponent component) {
        Map<String, LowRank> sizes = new LinkedHashMap<>();
        try (SafeTensorsFile source = SafeTensorsFile.open(file);
                NDManager scratch = Torch.newManager(Device.cpu())) {
            LoraMetadata header = LoraMetadata.read(file, metadata);
            entriesOf(component).forEach((layer, entry) -> {
                int rank =
                        Math.toIntExact(entry.tensor(LoraKey.Role.DOWN).shape().get(0));
                TensorInfo alpha = entry.tensors().get(LoraKey.Role.ALPHA);
                double value = alpha == null
                        ? header.alpha(component, layer).orElse(rank)
                        : source.read(scratch, alpha.name())
                                .toType(DataType.FLOAT32, false)
                                .toFloatArray()[0];
                sizes.put(layer, new LowRank(rank, value));
            });
        }
        return sizes;
    }

    private Map<String, Entry> entriesOf(LoraComponent component) {
        return entries.getOrDefault(component, Map.of());
    }

    /**
     * Reads the adapters of a model.
     *
     * @param component the model
     * @param model its layers with the shapes of their weights, of {@code PretrainedModel.layers()}
     * @param device where the weights are kept
     * @return the adapters, to be closed by the caller; none if the file does not change the model
     * @throws InvalidInputException listing the layers that the model does not have, or whose weights have another shape
     */
    public LoraAdapters read(LoraComponent component, Map<String, Shape> model, Device device) {
        Map<String, String> nameInFile = new LoraFit(file, component, model).match(entriesOf(component));
        Map<String, LowRank> sizes = layers(component);
        Map<String, LowRank> fitted = new LinkedHashMap<>();
        NDManager manager = Torch.newManager(device);
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            nameInFile.forEach((layer, name) -> {
                LowRank size = Objects.requireNonNull(sizes.get(name));
                Entry entry = Objects.requireNonNull(entriesOf(component).get(name));
                Shape weight = Objects.requireNonNull(model.get(layer));
                fitted.put(layer, size);
                tensors.put(
                        layer + LoraAdapters.DOWN,
                        tensor(source, manager, entry, LoraKey.Role.DOWN, LoraFit.down(weight, size.rank())));
                tensors.put(
                        layer + LoraAdapters.UP,
                        tensor(source, manager, entry, LoraKey.Role.UP, LoraFit.up(weight, size.rank())));
            });
            return new LoraAdapters(fitted, Weights.of(manager, tensors));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private static NDArray tensor(
            SafeTensorsFile source, NDManager manager, Entry entry, LoraKey.Role role, Shape shape) {
        NDArray stored = source.read(manager, entry.tensor(role).name());
        NDArray result = stored.toType(DataType.FLOAT32, false).reshape(shape);
        if (result != stored) {
            stored.close();
        }
        return result;
    }
}
