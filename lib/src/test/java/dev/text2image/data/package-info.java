/** Tests of the data package. */
@NullMarked
package dev.text2image.data;

import org.jspecify.annotations.NullMarked;
