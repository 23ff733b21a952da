/**
 * The networks of Stable Diffusion 1.x and 2.x and any smaller configuration of them, with the hub's names.
 *
 * <p>{@link dev.text2image.models.UNet2DConditionModel}, {@link dev.text2image.models.AutoencoderKL} and
 * {@link dev.text2image.models.CLIPTextModel} are what users hold: a configuration, weights and a compiled network, read from
 * and written to diffusers directories. The package-private classes are the networks themselves, written over symbolic tensors.
 */
@NullMarked
package dev.text2image.models;

import org.jspecify.annotations.NullMarked;
