package dev.text2image.nn;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A part of a model: parameters, child modules and, in each subclass, a {@code forward} method over symbolic tensors.
 *
 * <p>The names given to parameters and children, joined by dots, are the keys of the hub's weight files.
 */
@SuppressWarnings("JavaLangClash") // PyTorch's name, which readers of this code look for
public abstract class Module {
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();

    /** Creates a module without parameters. */
    protected Module() {}

    /**
     * Declares a parameter.
     *
     * @param name the last part of its key, for example {@code "weight"}
     * @param initializer how it starts
     * @param shape its shape
     * @return the parameter
     */
    protected final Parameter parameter(String name, Initializer initializer, long... shape) {
        Parameter parameter = new Parameter(new Shape(shape), initializer);
        parameters.put(name, parameter);
        return parameter;
    }

    /**
     * Declares a child module.
     *
     * @param <M> the child's class
     * @param name its part of the keys
     * @param module the child
     * @return the child
     */
    protected final <M extends Module> M child(String name, M module) {
        children.put(name, module);
        return module;
    }

    /**
     * Declares child modules whose keys are {@code name.0}, {@code name.1} and so on.
     *
     * @param <M> the children's class
     * @param name the first part of their keys
     * @param modules the children
     * @return the children
     */
    protected final <M extends Module> List<M> children(String name, List<M> modules) {
        for (int i = 0; i < modules.size(); i++) {
            child(name + "." + i, modules.get(i));
        }
        return List.copyOf(modules);
    }

    /**
     * Returns all parameters of this module and the modules below it.
     *
     * @return parameters by full key, in the order of declaration
     */
    public final Map<String, Parameter> namedParameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        collect("", all);
        return Collections.unmodifiableMap(all);
    }

    /**
     * Counts the numbers in all parameters.
     *
     * @return the parameter count as model cards state it
     */
    public final long parameterCount() {
        return namedParameters().values().stream()
                .mapToLong(p -> p.shape().size())
                .sum();
    }

    private void collect(String prefix, Map<String, Parameter> all) {
        parameters.forEach((name, parameter) -> all.put(prefix + name, parameter));
        List<Map.Entry<String, Module>> entries = new ArrayList<>(children.entrySet());
        entries.forEach(entry -> entry.getValue().collect(prefix + entry.getKey() + ".", all));
    }
}
