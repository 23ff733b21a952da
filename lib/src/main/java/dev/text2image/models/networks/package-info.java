/**
 * The networks, written over symbolic tensors, and the configurations that give their shapes.
 *
 * <p>{@link UNetNetwork}, {@link VaeNetwork} and {@link CLIPTextNetwork} are built of the blocks beside them, which have the hub's
 * names, from a {@link UNet2DConditionConfig}, an {@link AutoencoderKLConfig} and a {@link CLIPTextConfig}.
 */
@NullMarked
package dev.text2image.models.networks;

import org.jspecify.annotations.NullMarked;
