/** Tests of the data package. */
@NullMarked
package dev.text2image.lora;

import org.jspecify.annotations.NullMarked;
