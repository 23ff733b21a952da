package dev.text2image.io;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights in the directory of one model component, be they in one safetensors file or in shards with an index.
 *
 * <p>File names follow the hub: {@code <base>.safetensors}, or with a variant such as fp16 {@code <base>.fp16.safetensors};
 * the index of shards is {@code <base>.safetensors.index.json} or {@code <base>.safetensors.index.fp16.json}. A single file is
 * taken before an index. Pickled weights are never read, because reading them can run any code.
 */
public final class ComponentWeights implements AutoCloseable {
    private final Path directory;
    private final Map<String, SafeTensorsFile> fileOf = new LinkedHashMap<>();
    private final List<SafeTensorsFile> opened = new ArrayList<>();

    private ComponentWeights(Path directory) {
        this.directory = directory;
    }

    /**
     * Finds and opens the weights.
     *
     * @param directory the component's directory, such as {@code unet}
     * @param baseName {@code "diffusion_pytorch_model"}, or {@code "model"} for a text encoder
     * @param variant the variant, such as {@code "fp16"}; null for the plain weights
     * @return the opened weights, to be closed by the caller
     * @throws InvalidInputException if they are missing, only pickled, or the index is wrong
     * @throws SafeTensorsException if a file is damaged
     */
    public static ComponentWeights open(Path directory, String baseName, @Nullable String variant) {
        Path single = single(directory, baseName, variant);
        Path index = index(directory, baseName, variant);
        ComponentWeights weights = new ComponentWeights(directory);
        boolean complete = false;
        try {
            if (Files.isRegularFile(single)) {
                weights.addAll(single);
            } else if (Files.isRegularFile(index)) {
                weights.addShards(index);
            } else {
                throw notFound(directory, List.of(single, index));
            }
            complete = true;
            return weights;
        } finally {
            if (!complete) {
                weights.close();
            }
        }
    }

    /**
     * Says whether there are weights, without opening them.
     *
     * @param directory the component's directory
     * @param baseName as for {@link #open}
     * @param variant as for {@link #open}
     * @return true if there is a file or an index that {@link #open} would take
     */
    public static boolean exist(Path directory, String baseName, @Nullable String variant) {
        return Files.isRegularFile(single(directory, baseName, variant))
                || Files.isRegularFile(index(directory, baseName, variant));
    }

    private static Path single(Path directory, String baseName, @Nullable String variant) {
        return directory.resolve(baseName + infix(variant) + ".safetensors");
    }

    private static Path index(Path directory, String baseName, @Nullable String variant) {
        return directory.resolve(baseName + ".safetensors.index" + infix(variant) + ".json");
    }

    private static String infix(@Nullable String variant) {
        return variant == null ? "" : "." + variant;
    }

    /**
     * Returns the names of all tensors.
     *
     * @return an unmodifiable set
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(fileOf.keySet());
    }

    /**
     * Returns the files that the weights are in.
     *
     * @return the paths, one unless there are shards
     */
    public List<Path> files() {
        return opened.stream().map(SafeTensorsFile::file).toList();
    }

    /**
     * Returns what a file's header says of a tensor.
     *
     * @param name the tensor's name
     * @return its type, shape and place in its file
     * @throws InvalidInputException if there is no such tensor
     */
    public TensorInfo info(String name) {
        return fileWith(name).info(name);
    }

    /**
     * Reads one tensor into an array of its own memory.
     *
     * @param manager the manager that the array belongs to and whose device it lies on
     * @param name the tensor's name
     * @return the array, in the type it is stored in; FLOAT32 for BF16
     * @throws InvalidInputException if there is no such tensor, or its type has no counterpart in the engine
     */
    public NDArray read(NDManager manager, String name) {
        return fileWith(name).read(manager, name);
    }

    /**
     * Maps the data of one tensor into memory.
     *
     * @param name the tensor's name
     * @return a read-only, little-endian buffer, as {@link SafeTensorsFile#data} gives it
     * @throws InvalidInputException if there is no such tensor, or it takes 2 GiB or more
     */
    public MappedByteBuffer data(String name) {
        return fileWith(name).data(name);
    }

    /** Closes the files; arrays that came from them stay valid. */
    @Override
    public void close() {
        opened.forEach(SafeTensorsFile::close);
    }

    private SafeTensorsFile fileWith(String name) {
        SafeTensorsFile file = fileOf.get(name);
        if (file == null) {
            throw new InvalidInputException("The weights in " + directory + " have no tensor '" + name
                    + "' among their " + fileOf.size() + "; check that they belong to this model.");
        }
        return file;
    }

    private SafeTensorsFile openFile(Path path) {
        SafeTensorsFile file = SafeTensorsFile.open(path);
        opened.add(file);
        return file;
    }

    private void addAll(Path path) {
        SafeTensorsFile file = openFile(path);
        file.tensors().keySet().forEach(name -> fileOf.put(name, file));
    }

    private void addShards(Path index) {
        JsonFields weightMap = JsonFields.read(index)
                .fields("weight_map")
                .orElseThrow(() ->
                        new InvalidInputException(index + " lacks the field 'weight_map'; download the index again."));
        Map<String, SafeTensorsFile> shards = new LinkedHashMap<>();
        for (String name : weightMap.names()) {
            SafeTensorsFile shard = shards.computeIfAbsent(weightMap.string(name), file -> openShard(index, file));
            if (!shard.tensors().containsKey(name)) {
                throw new InvalidInputException(index + " says that the tensor '" + name + "' is in " + shard.file()
                        + ", but it is not; download both again.");
            }
            fileOf.put(name, shard);
        }
    }

    private SafeTensorsFile openShard(Path index, String file) {
        if (file.contains("/") || file.contains("\\") || file.contains("..") || !file.endsWith(".safetensors")) {
            throw new InvalidInputException(
                    index + " names the shard '" + file + "'; only .safetensors files in the same directory are read.");
        }
        return openFile(directory.resolve(file));
    }

    private static InvalidInputException notFound(Path directory, List<Path> lookedFor) {
        if (!Files.isDirectory(directory)) {
            return new InvalidInputException("There is no directory " + directory + "; check the path of the model.");
        }
        List<String> pickles = PickledWeights.in(directory);
        if (!pickles.isEmpty()) {
            return new InvalidInputException("The weights in " + directory + " are pickled ("
                    + String.join(", ", pickles) + "). " + PickledWeights.remedy(directory));
        }
        List<String> present = fileNames(directory);
        return new InvalidInputException("No weights found in " + directory + ": looked for "
                + String.join(
                        " and ",
                        lookedFor.stream()
                                .map(path -> String.valueOf(path.getFileName()))
                                .toList())
                + ", found " + (present.isEmpty() ? "nothing" : String.join(", ", present))
                + "; check the directory and the variant (such as --variant fp16).");
    }

    /** Returns the names of a directory's files, sorted. */
    static List<String> fileNames(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return List.copyOf(new TreeSet<>(
                    files.map(path -> String.valueOf(path.getFileName())).toList()));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }
}
