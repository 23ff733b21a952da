package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.DType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.TensorInfo;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

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

    private static final String PEFT_NAME = "adapter_model.safetensors";
    private static final String PEFT_CONFIG = "adapter_config.json";
    private final Path file;
    private final Map<String, String> metadata;
    private final LoraIndex index;
    private final LoraMetadata sizes;

    private LoraFile(SafeTensorsFile source) {
        file = source.file();
        metadata = source.metadata();
        index = LoraIndex.of(file, source.tensors());
        Path config = file.resolveSibling(PEFT_CONFIG);
        boolean ofPeft = file.endsWith(PEFT_NAME) && Files.exists(config);
        sizes = ofPeft ? LoraMetadata.ofFile(config) : LoraMetadata.ofHeader(file, metadata);
    }

    /**
     * Opens a file.
     *
     * @param path the file, or a directory that holds {@link #NAME} or peft's adapter_model.safetensors with adapter_config.json
     * @return the file
     * @throws InvalidInputException if it is missing or damaged, is no LoRA file, or has tensors of a kind that is not supported
     */
    public static LoraFile open(Path path) {
        try (SafeTensorsFile source = SafeTensorsFile.open(Files.isDirectory(path) ? fileIn(path) : path)) {
            return new LoraFile(source);
        }
    }

    private static Path fileIn(Path directory) {
        Path ofPeft = directory.resolve(PEFT_NAME);
        return Files.exists(ofPeft) ? ofPeft : directory.resolve(NAME);
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
        return index.format();
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
        return index.entries().keySet();
    }

    /**
     * Finds out which models the file is for.
     *
     * @return the family of base models, if the width of the text embeddings tells it
     */
    public Optional<LoraBase> base() {
        OptionalLong width = LoraBase.widthOf(shapes());
        return width.isEmpty() ? Optional.empty() : LoraBase.ofWidth(width.getAsLong());
    }

    /** The shapes of the weights that the adapters are for, as far as two dimensions tell: (out, in). */
    private Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        index.entries().values().forEach(layers -> layers.forEach((layer, entry) -> shapes.put(layer, entry.shape())));
        return shapes;
    }

    /**
     * Sums up what is in the file.
     *
     * @return its form, size, base model, layers, ranks and alphas
     */
    public LoraSummary summary() {
        OptionalLong width = LoraBase.widthOf(shapes());
        Set<DType> types = index.entries().values().stream()
                .flatMap(layers -> layers.values().stream())
                .flatMap(entry -> entry.tensors().values().stream())
                .map(TensorInfo::dtype)
                .collect(Collectors.toSet());
        return new LoraSummary(
                file,
                format(),
                file.toFile().length(),
                types,
                width.isEmpty() ? "a model that its layers do not tell" : LoraBase.describe(width.getAsLong()),
                components().stream().map(this::part).toList(),
                metadata);
    }

    private LoraSummary.Part part(LoraComponent component) {
        Map<String, LoraEntry> adapters = entriesOf(component);
        Collection<LowRank> stored = layers(component).values();
        return new LoraSummary.Part(
                component,
                counts(
                        adapters.entrySet(),
                        entry -> component.kind(entry.getKey(), entry.getValue().isConvolution())),
                counts(stored, LowRank::rank),
                counts(stored, LowRank::alpha),
                adapters.values().stream().mapToLong(LoraEntry::size).sum());
    }

    private static <T, K> Map<K, Long> counts(Collection<T> values, Function<T, K> property) {
        return values.stream().collect(Collectors.groupingBy(property, Collectors.counting()));
    }

    /**
     * Lists the adapters of a model.
     *
     * @param component the model
     * @return the sizes by the name of the layer as the file has it; empty if it does not change the model
     * @throws InvalidInputException if an alpha cannot be used
     */
    public Map<String, LowRank> layers(LoraComponent component) {
        Map<String, LowRank> layers = new LinkedHashMap<>();
        try (SafeTensorsFile source = SafeTensorsFile.open(file);
                NDManager scratch = Torch.newManager(Device.cpu())) {
            entriesOf(component).forEach((layer, entry) -> {
                int rank =
                        Math.toIntExact(entry.tensor(LoraKey.Role.DOWN).shape().get(0));
                TensorInfo alpha = entry.tensors().get(LoraKey.Role.ALPHA);
                double value = alpha == null
                        ? sizes.alpha(component, layer, rank)
                        : source.read(scratch, alpha.name())
                                .toType(DataType.FLOAT32, false)
                                .toFloatArray()[0];
                layers.put(layer, new LowRank(rank, value));
            });
        }
        return layers;
    }

    private Map<String, LoraEntry> entriesOf(LoraComponent component) {
        return index.entries().getOrDefault(component, Map.of());
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
        checkWidth(component, model);
        Map<String, String> nameInFile = new LoraFit(file, component, model).match(entriesOf(component));
        Map<String, LowRank> stored = layers(component);
        Map<String, LowRank> fitted = new LinkedHashMap<>();
        NDManager manager = Torch.newManager(device);
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            nameInFile.forEach((layer, name) -> {
                LowRank size = Objects.requireNonNull(stored.get(name));
                LoraEntry entry = Objects.requireNonNull(entriesOf(component).get(name));
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

    /** Says for which model the file is, where listing layers would say less. */
    private void checkWidth(LoraComponent component, Map<String, Shape> model) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        entriesOf(component).forEach((layer, entry) -> shapes.put(layer, entry.shape()));
        OptionalLong found = LoraBase.widthOf(shapes);
        OptionalLong expected = LoraBase.widthOf(model);
        if (found.isPresent() && expected.isPresent() && !found.equals(expected)) {
            throw new InvalidInputException(file + " is for " + LoraBase.describe(found.getAsLong())
                    + ", but the model is " + LoraBase.describe(expected.getAsLong())
                    + ". Use the base model that the file was trained for.");
        }
    }

    private static NDArray tensor(
            SafeTensorsFile source, NDManager manager, LoraEntry entry, LoraKey.Role role, Shape shape) {
        NDArray stored = source.read(manager, entry.tensor(role).name());
        NDArray result = stored.toType(DataType.FLOAT32, false).reshape(shape);
        if (result != stored) {
            stored.close();
        }
        return result;
    }
}
