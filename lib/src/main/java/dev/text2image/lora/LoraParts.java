package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.DType;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * All adapters of a file, on the CPU.
 *
 * <pre>{@code
 * LoraFile file = LoraFile.open(Path.of("style.safetensors"));
 * try (LoraParts parts = LoraParts.read(file, file.base().orElseThrow()::layers);
 *         LoraParts smaller = parts.resized(8)) {
 *     smaller.write(Path.of("style-8.safetensors"), LoraFormat.KOHYA);
 * }
 * }</pre>
 */
public final class LoraParts implements AutoCloseable {
    private final Map<LoraComponent, LoraAdapters> adapters = new EnumMap<>(LoraComponent.class);
    private final Function<LoraComponent, Map<String, Shape>> models;
    private final DataType type;

    private LoraParts(Function<LoraComponent, Map<String, Shape>> models, DataType type) {
        this.models = models;
        this.type = type;
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @param models the layers of each model with the shapes of their weights, for example {@code file.base().orElseThrow()::layers}
     * @return the adapters, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException listing the layers that a model does not have, or whose weights have another shape
     */
    public static LoraParts read(LoraFile file, Function<LoraComponent, Map<String, Shape>> models) {
        boolean half = file.summary().types().equals(Set.of(DType.F16));
        LoraParts parts = new LoraParts(models, half ? DataType.FLOAT16 : DataType.FLOAT32);
        try {
            for (LoraComponent component : file.components()) {
                parts.adapters.put(component, file.read(component, models.apply(component), Device.cpu()));
            }
            return parts;
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    /**
     * Returns the best approximation by adapters of a lower rank, see {@link LoraAdapters#resized}.
     *
     * @param rank the rank; layers that have a lower one keep it
     * @return the adapters, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if the rank is not at least 1
     */
    public LoraParts resized(int rank) {
        LoraParts smaller = new LoraParts(models, type);
        try {
            adapters.forEach(
                    (component, part) -> smaller.adapters.put(component, part.resized(rank, models.apply(component))));
            return smaller;
        } catch (RuntimeException e) {
            smaller.close();
            throw e;
        }
    }

    /**
     * Measures how much the adapters change, see {@link LoraAdapters#norm}.
     *
     * @return the square root of the sum of the squares of all changes of weights
     */
    public double norm() {
        return Math.sqrt(adapters.values().stream()
                .mapToDouble(part -> part.norm() * part.norm())
                .sum());
    }

    /**
     * Counts the numbers in all adapters.
     *
     * @return the parameter count
     */
    public long parameterCount() {
        return adapters.values().stream()
                .mapToLong(LoraAdapters::parameterCount)
                .sum();
    }

    /**
     * Writes a file, as float16 if these adapters were read from such a file, else as float32.
     *
     * @param target the file, which is made or replaced
     * @param format as for {@link LoraWriter#write}
     */
    public void write(Path target, LoraFormat format) {
        LoraWriter.write(target, format, type, adapters);
    }

    @Override
    public void close() {
        adapters.values().forEach(LoraAdapters::close);
    }
}
