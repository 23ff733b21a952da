/**
 * What frozen models give, kept so that it is computed once, in memory or on disk: latents by the image, hidden states by the
 * caption.
 */
@NullMarked
package dev.text2image.training.caching;

import org.jspecify.annotations.NullMarked;
