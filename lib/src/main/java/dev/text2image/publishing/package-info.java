/**
 * The result of a run on the Hugging Face hub: {@link dev.text2image.publishing.Publisher} checks that it can be put there before the
 * run starts, and does so after it, with a card.
 */
@NullMarked
package dev.text2image.publishing;

import org.jspecify.annotations.NullMarked;
