/**
 * Files that weights and settings live in.
 *
 * <p>Weights: {@link SafeTensorsFile} reads one safetensors file and checks all of it first, {@link SafeTensorsWriter} writes one,
 * {@link ComponentWeights} finds the file or the shards of a model's directory. Settings: {@link Json} and {@link JsonFields}.
 * Everything is written through {@link AtomicFiles}, so that a reader sees the old content or the new one. A mistake in what the
 * user supplied ends in an {@link InvalidInputException}, whose message says what to do; trouble with the disk in an
 * {@link java.io.UncheckedIOException}.
 */
@NullMarked
package dev.text2image.io;

import org.jspecify.annotations.NullMarked;
