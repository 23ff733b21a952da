/**
 * The vocabulary that models are written in.
 *
 * <p>A {@link dev.text2image.nn.Module} is Java code over symbolic {@link dev.text2image.nn.Tensor}s. It runs once, while a
 * {@link dev.text2image.nn.Trace} writes down what it does as TorchScript, and from then on natively:
 * {@link dev.text2image.nn.CompiledModule} runs the result with any {@link dev.text2image.nn.Weights}, with or without gradients
 * and gradient checkpointing. {@link dev.text2image.nn.Activations} runs the same code over shapes, to find the memory of a pass.
 */
@NullMarked
package dev.text2image.nn;

import org.jspecify.annotations.NullMarked;
