/**
 * Text to token ids and back.
 *
 * <p>{@link CLIPTokenizer} is the tokenizer of Stable Diffusion's text encoder, in plain Java. It gives the same ids as the hub's
 * fast tokenizer, from either generation of its files. A text passes through TextSplitter (clean, then cut into words),
 * ByteAlphabet (bytes as printable characters) and BytePairEncoder (words to tokens).
 */
@NullMarked
package dev.text2image.tokenizers;

import org.jspecify.annotations.NullMarked;
