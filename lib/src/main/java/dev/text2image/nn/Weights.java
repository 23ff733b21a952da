package dev.text2image.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values of a module's parameters, in the order in which the module declares them. */
public final class Weights implements AutoCloseable {
    private final NDManager manager;
    private final Map<String, NDArray> tensors;
    private final TensorList list;

    private Weights(NDManager manager, Map<String, NDArray> tensors) {
        this.manager = manager;
        this.tensors = tensors;
        this.list = TensorList.of(List.copyOf(tensors.values()));
    }

    /**
     * Creates one tensor for each parameter.
     *
     * @param module the module
     * @param device where the tensors are kept
     * @param source makes the tensor of a key with the manager that it must be attached to; its shape must be the parameter's
     * @return the weights, to be closed by the caller
     */
    public static Weights create(Module module, Device device, Source source) {
        NDManager manager = Torch.newManager(device);
        try {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            module.namedParameters()
                    .forEach((name, parameter) -> tensors.put(name, source.tensor(manager, name, parameter)));
            return new Weights(manager, tensors);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Draws new weights by each parameter's initializer, with libtorch's generator.
     *
     * @param module the module
     * @param device where the tensors are kept
     * @return float32 weights, to be closed by the caller
     */
    public static Weights initialize(Module module, Device device) {
        return create(
                module,
                device,
                (manager, name, parameter) -> parameter.initializer().create(manager, parameter.shape()));
    }

    /**
     * Copies the weights, for example as the start of an exponential moving average.
     *
     * @return weights with their own memory, to be closed by the caller
     */
    public Weights copy() {
        try (Autograd.Scope pause = Autograd.pause()) {
            NDManager target = Torch.newManager(manager.getDevice());
            Map<String, NDArray> copies = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                NDArray copy = tensor.duplicate();
                copy.attach(target);
                copies.put(name, copy);
            });
            return new Weights(target, copies);
        }
    }

    /**
     * Returns the tensors; they stay owned by this object.
     *
     * @return tensors by key
     */
    public Map<String, NDArray> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Returns the tensors as a compiled module takes them.
     *
     * @return the list, owned by this object
     */
    public TensorList list() {
        return list;
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
     * Chooses whether gradients are gathered for all tensors.
     *
     * @param required true for training
     */
    public void requireGradients(boolean required) {
        tensors.values().forEach(tensor -> Autograd.requireGradient(tensor, required));
    }

    @Override
    public void close() {
        list.close();
        manager.close();
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
