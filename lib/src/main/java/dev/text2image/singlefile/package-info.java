/**
 * Stable Diffusion 1 and 2 in one safetensors file, with the names of the original code (CompVis and Stability AI), as the community
 * shares them.
 *
 * <p>{@link dev.text2image.singlefile.SingleFile} reads one: it says which model it is, and writes each part as diffusers names it.
 * {@link dev.text2image.singlefile.SingleFileWriter} goes the other way. Both ask {@code OriginalNames} where a parameter stands; the
 * numbers are copied as they are, without the engine.
 */
@NullMarked
package dev.text2image.singlefile;

import org.jspecify.annotations.NullMarked;
