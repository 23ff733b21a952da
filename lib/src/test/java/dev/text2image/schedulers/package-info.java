/** Tests of the schedulers. */
@NullMarked
package dev.text2image.schedulers;

import org.jspecify.annotations.NullMarked;
