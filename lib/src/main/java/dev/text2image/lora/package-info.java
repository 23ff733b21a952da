/**
 * Low-rank adapters, LoRA (Hu et al., 2021), as they are shared: files of a few megabytes that change a model.
 *
 * <p>A {@link dev.text2image.lora.LoraFile} is a file in one of the forms that diffusers, peft and kohya's scripts write; fitted to a
 * model it gives {@link dev.text2image.lora.LoraAdapters}, which are added to the model's weights, or written in another form.
 * {@link dev.text2image.lora.TargetModules} chooses the layers that a training adapts. How a network computes with adapters that are
 * being trained is in {@link dev.text2image.nn.graph.Adapters}.
 */
@NullMarked
package dev.text2image.lora;

import org.jspecify.annotations.NullMarked;
