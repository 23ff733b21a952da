/**
 * Layers, and the compiled graph that a network written with them becomes.
 *
 * <p>A {@link dev.text2image.nn.Module} of layers such as {@link Linear} is Java code over symbolic {@link Tensor}s. It runs once,
 * while a {@link Trace} writes down what it does as TorchScript, and from then on natively: {@link CompiledModule} runs the result
 * with any {@link dev.text2image.nn.Weights}, with or without gradients, {@link Checkpointing} and {@link Adapters}. {@link
 * Activations} runs the same code over shapes, to find the memory of a pass.
 */
@NullMarked
package dev.text2image.nn.graph;

import org.jspecify.annotations.NullMarked;
