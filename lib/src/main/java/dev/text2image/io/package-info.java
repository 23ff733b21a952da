/** Files: what is read from them and written to them, and how errors in them are told. */
@NullMarked
package dev.text2image.io;

import org.jspecify.annotations.NullMarked;
