/**
 * What the Java kernel of JupyterLab gets from this project: imports, progress bars, live charts, and what the packages below hold.
 *
 * <p>JJava finds {@link NotebookExtension} on its class path and installs it: its {@link Imports}, the {@code magics}, the {@code
 * views} of values, and what draws the state of running code in a {@link Slot} of the cell. {@code stop} is a Java agent that the
 * kernel's launcher switches on. The kernel itself is in {@code repl}.
 */
@NullMarked
package dev.text2image.kernel;

import org.jspecify.annotations.NullMarked;
