/**
 * What a cell writes with a percent sign: {@link Magics} registers them, {@link Help} lists them.
 */
@NullMarked
package dev.text2image.kernel.magics;

import org.jspecify.annotations.NullMarked;
