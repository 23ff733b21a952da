/**
 * The models of Stable Diffusion 1.x and 2.x and any smaller configuration of them, with the hub's names.
 *
 * <p>{@link UNet2DConditionModel}, {@link AutoencoderKL} and {@link CLIPTextModel} are what users hold: a configuration, weights and a
 * compiled network, read from and written to diffusers directories. {@link ModelOutline} is what is known before weights are loaded.
 * The networks themselves are in {@code networks}.
 */
@NullMarked
package dev.text2image.models;

import org.jspecify.annotations.NullMarked;
