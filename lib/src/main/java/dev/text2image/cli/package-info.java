/** The command line, {@code text2image}: the commands that {@code ./run} passes on. */
@NullMarked
package dev.text2image.cli;

import org.jspecify.annotations.NullMarked;
