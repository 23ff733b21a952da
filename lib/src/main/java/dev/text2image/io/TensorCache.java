package dev.text2image.io;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Float tensors of one shape that were costly to compute, by key: in memory, or in the files of a directory, where the next run
 * finds them. A key says everything that its tensor depends on, so that nothing kept is ever wrong ({@link ContentHash}).
 */
public final class TensorCache implements AutoCloseable {
    private final @Nullable Path directory;
    private final List<Long> shape;
    private final boolean reads;
    /** One thread may add tensors while another reads those that are there. */
    private final Map<String, float[]> memory = new ConcurrentHashMap<>();

    private final Map<String, SafeTensorsFile> stored = new HashMap<>();
    private final Map<Path, SafeTensorsFile> files = new LinkedHashMap<>();

    private TensorCache(@Nullable Path directory, boolean reads, long... shape) {
        this.directory = directory;
        this.reads = reads;
        this.shape = Arrays.stream(shape).boxed().toList();
    }

    /**
     * Makes an empty cache in memory.
     *
     * @param shape the shape of each tensor
     * @return the cache
     */
    public static TensorCache inMemory(long... shape) {
        return new TensorCache(null, true, shape);
    }

    /**
     * Opens the cache in a directory, which is made when the first tensor is added.
     *
     * @param directory the directory
     * @param shape the shape of each tensor
     * @return the cache with what earlier runs left in it
     * @throws InvalidInputException if a file in it is damaged or holds other tensors
     */
    public static TensorCache inDirectory(Path directory, long... shape) {
        TensorCache cache = new TensorCache(directory, true, shape);
        Leftovers.recover(directory);
        if (Files.isDirectory(directory)) {
            try (Stream<Path> entries = Files.list(directory)) {
                entries.filter(file -> file.toString().endsWith(".safetensors"))
                        .sorted()
                        .forEach(cache::open);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
            } catch (RuntimeException e) {
                cache.close();
                throw e;
            }
        }
        return cache;
    }

    /**
     * Adds to a directory without looking at what is in it, as one of several processes, perhaps on several machines.
     *
     * @param directory the directory
     * @param shape the shape of each tensor
     * @return a cache that returns nothing
     */
    public static TensorCache toDirectory(Path directory, long... shape) {
        return new TensorCache(directory, false, shape);
    }

    private void open(Path file) {
        SafeTensorsFile opened = SafeTensorsFile.open(file);
        files.put(file, opened);
        opened.tensors().forEach((key, info) -> {
            if (info.dtype() != DType.F32 || !info.shape().equals(shape)) {
                throw new InvalidInputException("The cache file " + file + " holds a tensor of type " + info.dtype()
                        + " and shape " + info.shape() + ", but F32 and " + shape + " are expected; delete the file.");
            }
            stored.put(key, opened);
        });
    }

    /**
     * Says where the tensors are.
     *
     * @return true if they are gone when the process ends
     */
    public boolean isInMemory() {
        return directory == null;
    }

    /**
     * Says whether a tensor is there.
     *
     * @param key its key
     * @return true if {@link #stack} can return it
     */
    public boolean contains(String key) {
        return memory.containsKey(key) || stored.containsKey(key);
    }

    /**
     * Adds tensors; in a directory they become one file, which is complete or not there.
     *
     * @param tensors their elements in row-major order, by key
     */
    public void add(Map<String, float[]> tensors) {
        if (directory == null) {
            memory.putAll(tensors);
        } else if (!tensors.isEmpty()) {
            Map<String, TensorData> data = new LinkedHashMap<>();
            tensors.forEach((key, values) -> data.put(key, new TensorData(DType.F32, shape, bytes(values))));
            ContentHash name = new ContentHash();
            tensors.keySet().forEach(name::add);
            Path file = directory.resolve(name.hex() + ".safetensors");
            SafeTensorsWriter.write(file, data);
            if (reads) {
                open(file);
            }
        }
    }

    private static ByteBuffer bytes(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer;
    }

    /**
     * Returns several tensors as one.
     *
     * @param manager owner of the result
     * @param keys keys of tensors that are there
     * @return float32 (keys, shape...)
     */
    public NDArray stack(NDManager manager, List<String> keys) {
        int size = shape.stream().mapToInt(Math::toIntExact).reduce(1, Math::multiplyExact);
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(keys.size(), size));
        keys.forEach(key -> values.put(get(key)));
        long[] dimensions = new long[shape.size() + 1];
        Arrays.setAll(dimensions, i -> i == 0 ? keys.size() : shape.get(i - 1));
        return manager.create(values.flip(), new Shape(dimensions), DataType.FLOAT32);
    }

    private FloatBuffer get(String key) {
        float[] values = memory.get(key);
        if (values != null) {
            return FloatBuffer.wrap(values);
        }
        SafeTensorsFile file = stored.get(key);
        if (file == null) {
            throw new IllegalArgumentException("The cache has no tensor " + key + ".");
        }
        return file.data(key).asFloatBuffer();
    }

    @Override
    public void close() {
        files.values().forEach(SafeTensorsFile::close);
    }
}
