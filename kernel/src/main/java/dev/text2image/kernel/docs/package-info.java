/**
 * Documentation that the kernel shows: where the sources of libraries are, and their Javadoc as text and HTML.
 */
@NullMarked
package dev.text2image.kernel.docs;

import org.jspecify.annotations.NullMarked;
