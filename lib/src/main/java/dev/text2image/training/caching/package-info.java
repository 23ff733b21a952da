/**
 * What frozen models give, kept so that it is computed once: latents by the content of the images, hidden states by the caption, in
 * memory or on disk.
 */
@NullMarked
package dev.text2image.training.caching;

import org.jspecify.annotations.NullMarked;
