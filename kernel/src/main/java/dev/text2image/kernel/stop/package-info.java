/**
 * A Stop button that stops, and a {@code System.exit} that does not end the kernel.
 *
 * <p>{@link StoppableLoops} is a Java agent: it puts checks into the loops of cells ({@link LoopChecks}) and has what waits or
 * computes natively tell {@link StopRequests}, which know whether the cell that runs is to stop.
 */
@NullMarked
package dev.text2image.kernel.stop;

import org.jspecify.annotations.NullMarked;
