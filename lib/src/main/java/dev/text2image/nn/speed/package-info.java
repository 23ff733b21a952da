/**
 * How fast number formats are on this machine: {@link PrecisionSpeed}.
 */
@NullMarked
package dev.text2image.nn.speed;

import org.jspecify.annotations.NullMarked;
