/**
 * Training on several devices of one machine. {@link dev.text2image.training.parallel.DataParallel} deals the rows of each
 * {@link dev.text2image.training.parallel.MicroBatch} to a {@link dev.text2image.training.parallel.Replica} of the models on each
 * device; the gradients are added up on the first, whose weights the others copy before the next step. So the optimizer, its memory and
 * the averages exist once, and all replicas have the same bits. A {@link dev.text2image.training.parallel.ProcessGroup} adds up the
 * gradients of processes that train together, wherever they run.
 */
@NullMarked
package dev.text2image.training.parallel;

import org.jspecify.annotations.NullMarked;
