/**
 * What the Java kernel of JupyterLab gets from this project: imports, magics, pictures of values, progress bars, live charts, a
 * Stop button that stops.
 *
 * <p>JJava finds {@link NotebookExtension} on its class path and installs it. {@link StoppableLoops} is a Java agent that the
 * kernel's launcher switches on. The kernel itself is in {@code repl}.
 */
@NullMarked
package dev.text2image.kernel;

import org.jspecify.annotations.NullMarked;
