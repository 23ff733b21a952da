/** Tests of single files. */
@NullMarked
package dev.text2image.singlefile;

import org.jspecify.annotations.NullMarked;
