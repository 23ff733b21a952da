/** Tests of the samplers. */
@NullMarked
package dev.text2image.schedulers.samplers;

import org.jspecify.annotations.NullMarked;
