package dev.text2image.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.FilePages;
import dev.text2image.torch.HelperThreads;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The values of a module's parameters, in the order in which the module declares them.
 *
 * <p>They are float32, or in half precision for a model that is only run: then they take half the memory, and only a
 * {@link dev.text2image.nn.graph.CompiledModule} of the same {@link Precision} can read them. DJL's arrays have no bfloat16, and asking one for its type ends the
 * process; so such tensors are not handed out.
 */
public final class Weights implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def cast(self, x: Tensor, format: int) -> List[Tensor]:
              return [torch.to(x, format)]
            def changed(self, w: Tensor, a: Tensor, b: Tensor, scale: float) -> List[Tensor]:
              product = torch.matmul(torch.flatten(b, 1), torch.flatten(a, 1))
              return [torch.add(torch.to(w, 6), torch.reshape(torch.mul(product, scale), torch.size(w)))]
            """);

    private final NDManager manager;
    private final Precision format;
    private final Map<String, NDArray> tensors;
    /** Where those tensors lie, by key, that have no memory of their own; and what a changed one was made from. */
    private final Map<String, FilePages> pages;

    private final List<String> keys;

    private final TensorList list;
    private @Nullable Leaves leaves;

    private Weights(NDManager manager, Precision format, Map<String, NDArray> tensors) {
        this(manager, format, tensors, Map.of());
    }

    private Weights(NDManager manager, Precision format, Map<String, NDArray> tensors, Map<String, FilePages> pages) {
        this.manager = manager;
        this.format = format;
        this.tensors = tensors;
        this.pages = pages;
        this.keys = List.copyOf(tensors.keySet());
        this.list = TensorList.of(List.copyOf(tensors.values()));
    }

    /**
     * Takes float32 tensors over.
     *
     * @param manager owner of the tensors, closed with the weights
     * @param tensors the tensors by key
     * @return the weights, to be closed by the caller
     */
    public static Weights of(NDManager manager, Map<String, NDArray> tensors) {
        return new Weights(manager, Precision.FP32, new LinkedHashMap<>(tensors));
    }

    /**
     * Takes float32 tensors where they lie in files, for a module that is only run.
     *
     * @param module the module
     * @param device the CPU
     * @param pages the pages of each parameter by its key
     * @return the weights, to be closed by the caller
     */
    public static Weights inFiles(Module module, Device device, Map<String, FilePages> pages) {
        NDManager manager = Torch.newManager(device);
        try {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            module.namedParameters().forEach((key, parameter) -> {
                FilePages place = Objects.requireNonNull(pages.get(key), key);
                tensors.put(key, place.tensor(manager, parameter.shape()));
            });
            return new Weights(manager, Precision.FP32, tensors, pages);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Creates one tensor for each parameter, several at a time: most of the time of loading a large model goes into memory that is
     * touched for the first time, which each processor core can do for itself.
     *
     * @param module the module
     * @param device where the tensors are kept
     * @param format the number format that they are kept in
     * @param source makes the float32 tensor of a key with the manager that it must be attached to; its shape must be the parameter's;
     *     called by several threads at once
     * @return the weights, to be closed by the caller
     */
    public static Weights create(Module module, Device device, Precision format, Source source) {
        return create(module, device, format, source, true);
    }

    private static Weights create(Module module, Device device, Precision format, Source source, boolean parallel) {
        NDManager manager = Torch.newManager(device);
        try {
            List<Map.Entry<String, Parameter>> parameters =
                    List.copyOf(module.namedParameters().entrySet());
            IntFunction<NDArray> value = i -> {
                Map.Entry<String, Parameter> entry = parameters.get(i);
                return cast(source.tensor(manager, entry.getKey(), entry.getValue()), format);
            };
            List<NDArray> values = parallel
                    ? HelperThreads.inParallel(parameters.size(), value)
                    : IntStream.range(0, parameters.size()).mapToObj(value).toList();
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (int i = 0; i < values.size(); i++) {
                tensors.put(parameters.get(i).getKey(), values.get(i));
            }
            return new Weights(manager, format, tensors);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private static NDArray cast(NDArray tensor, Precision format) {
        if (format == Precision.FP32) {
            return tensor;
        }
        try (tensor) {
            return copy(tensor.getManager(), tensor, format);
        }
    }

    static NDArray copy(NDManager owner, NDArray tensor, Precision format) {
        return SCRIPT.call(owner, "cast", tensor, (long) format.scalarType()).singletonOrThrow();
    }

    /**
     * Draws new weights by each parameter's initializer, with libtorch's generator.
     *
     * @param module the module
     * @param device where the tensors are kept
     * @param format the number format that they are kept in
     * @return the weights, to be closed by the caller
     */
    public static Weights initialize(Module module, Device device, Precision format) {
        return create(
                module,
                device,
                format,
                (manager, name, parameter) -> parameter.initializer().create(manager, parameter.shape()),
                false); // the generator's numbers have an order
    }

    /**
     * A change of the weight of a layer, scale · B·A.
     *
     * @param down A (rank, in), of a convolution (rank, in, k, k), float32
     * @param up B (out, rank), of a convolution (out, rank, 1, 1), float32
     * @param scale the factor
     */
    public record Change(NDArray down, NDArray up, double scale) {}

    /**
     * Adds low-rank changes to copies of some weights; the sums are made in float32.
     *
     * @param changes the changes by the key of the weight; arrays on the device of these weights, no longer used afterwards
     * @return weights that share all other tensors with these, which must stay open as long; to be closed by the caller
     */
    public Weights changed(Map<String, Change> changes) {
        NDManager target = Torch.newManager(device());
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = target.newSubManager()) {
            Map<String, NDArray> result = new LinkedHashMap<>(tensors);
            changes.forEach((key, change) -> {
                NDArray stored = cast(sum(scratch, key, change), format);
                stored.attach(target);
                result.put(key, stored);
            });
            return new Weights(target, format, result, pages);
        } catch (RuntimeException e) {
            target.close();
            throw e;
        }
    }

    private NDArray sum(NDManager scratch, String key, Change change) {
        NDArray weight = tensors.get(key);
        if (weight == null) {
            throw new IllegalArgumentException("There is no weight " + key + " to be changed.");
        }
        return SCRIPT.call(scratch, "changed", weight, change.down(), change.up(), change.scale())
                .singletonOrThrow();
    }

    /**
     * Copies the weights, for example as the start of an exponential moving average.
     *
     * @return weights with their own memory, to be closed by the caller
     */
    public Weights copy() {
        return copy(device());
    }

    /**
     * Copies the weights to a device.
     *
     * @param device where the copy is kept; it may be the same
     * @return weights with their own memory, to be closed by the caller
     */
    public Weights copy(Device device) {
        try (Autograd.Scope pause = Autograd.pause()) {
            NDManager target = Torch.newManager(device);
            Map<String, NDArray> copies = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                NDArray copy = device.equals(device()) ? tensor.duplicate() : tensor.toDevice(device, true);
                copy.attach(target);
                copies.put(name, copy);
            });
            return new Weights(target, format, copies);
        }
    }

    /**
     * Returns the tensors; they stay owned by this object. Those that lie in files ({@link #areInFiles}) must not be written into: that
     * would end the process.
     *
     * @return float32 tensors by key
     * @throws IllegalStateException if they are kept in half precision
     */
    public Map<String, NDArray> tensors() {
        if (format != Precision.FP32) {
            throw new IllegalStateException(
                    "These weights are kept in " + format
                            + " to run with half the memory; to save, train or read them, load the model with weights in FP32.");
        }
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Returns the tensors in which gradients are gathered: other handles of the same values.
     *
     * @return leaves by key, owned by this object and valid until the gradients are forgotten; empty if none are required
     */
    public Map<String, NDArray> leaves() {
        return leaves == null ? Map.of() : leaves.tensors();
    }

    /**
     * Returns the tensors as a compiled module takes them for a pass without gradients.
     *
     * @return the list, owned by this object
     */
    public TensorList list() {
        return list;
    }

    /**
     * Returns the tensors as a compiled module takes them for a pass with gradients.
     *
     * @return the list of the leaves, or of the tensors if no gradients are required; owned by this object and valid until the gradients
     *     are forgotten
     */
    public TensorList leafList() {
        return leaves == null ? list : leaves.list();
    }

    /**
     * Returns the number format of the leaves, in which gradients are gathered.
     *
     * @return FP32, or what {@link #requireGradients(Precision)} was given
     */
    public Precision leafFormat() {
        return leaves == null ? Precision.FP32 : leaves.format();
    }

    /**
     * Returns the number format that the tensors are kept in.
     *
     * @return the format
     */
    public Precision format() {
        return format;
    }

    /**
     * Returns how much memory the tensors take, or as much of the system's cache if they lie in files.
     *
     * @return the size in bytes
     */
    public long bytes() {
        return format.bytes()
                * tensors.values().stream()
                        .mapToLong(tensor -> tensor.getShape().size())
                        .sum();
    }

    /**
     * Returns where the tensors are kept.
     *
     * @return the device
     */
    public Device device() {
        return manager.getDevice();
    }

    /**
     * Chooses whether gradients are gathered for all tensors; those gathered so far are dropped.
     *
     * @param required true for training
     * @throws IllegalStateException if they are required of weights in half precision
     */
    public void requireGradients(boolean required) {
        if (required) {
            requireGradients(Precision.FP32);
        } else {
            dropLeaves();
        }
    }

    /**
     * Gathers gradients for all tensors; those gathered so far are dropped.
     *
     * <p>In half precision they are gathered in copies, which passes with gradients compute with, so that no pass casts a weight; the
     * float32 tensors are what an optimizer changes (Micikevicius et al., 2018, section 3.1). The copies are renewed whenever the
     * gradients are forgotten, as after each optimizer step. The gradients of several passes add up in half precision, so that a step
     * should have few.
     *
     * @param gradients the format of the gradients
     * @throws IllegalStateException if these weights are in half precision themselves, or stay in their files
     */
    public void requireGradients(Precision gradients) {
        if (format != Precision.FP32) {
            throw new IllegalStateException("Weights kept in " + format
                    + " cannot be trained: small updates would be lost; load the model with weights in FP32.");
        }
        if (!pages.isEmpty()) {
            throw new IllegalStateException(
                    "Weights that stay in their files cannot be trained; load the model itself with fromPretrained, without"
                            + " withWeightsInFiles, or take a copy of them.");
        }
        dropLeaves();
        leaves = new Leaves(manager, tensors, list, gradients);
    }

    private void dropLeaves() {
        if (leaves != null) {
            leaves.close();
            leaves = null;
        }
    }

    /**
     * Says whether tensors are read where they lie in files.
     *
     * @return true if some have no memory of their own
     */
    public boolean areInFiles() {
        return !pages.isEmpty();
    }

    /**
     * Takes a tensor out of the process's memory, until it is read again, if it lies in a file.
     *
     * @param place its place among the parameters
     */
    public void pageOut(int place) {
        FilePages file = pages.get(keys.get(place));
        if (file != null) {
            file.pageOut();
        }
    }

    /** Drops the gradients and frees their memory, where they are required. */
    public void forgetGradients() {
        if (leaves != null) {
            leaves.renew();
        }
    }

    @Override
    public void close() {
        dropLeaves();
        list.close();
        manager.close();
        pages.values().forEach(FilePages::pageOut); // they stay mapped until the garbage collector finds them
    }

    /** Makes the tensor of a parameter. */
    @FunctionalInterface
    public interface Source {
        /**
         * Makes a tensor.
         *
         * @param manager owner of the result
         * @param name the parameter's key
         * @param parameter the parameter
         * @return a tensor of the parameter's shape
         */
        NDArray tensor(NDManager manager, String name, Parameter parameter);
    }
}
