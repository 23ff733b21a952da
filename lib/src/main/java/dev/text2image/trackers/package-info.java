/**
 * Records of what happens in a run: for TensorBoard, for scripts, for whoever asks months later how a model was made.
 *
 * <p>A run tells a {@link dev.text2image.trackers.Tracker} how it {@linkplain dev.text2image.trackers.RunStart starts}, the numbers
 * of each step, images and text, and {@linkplain dev.text2image.trackers.RunEvent what else happens}.
 * {@link dev.text2image.trackers.TensorBoardTracker} writes event files, {@link dev.text2image.trackers.JournalTracker} a file of
 * JSON lines that {@link dev.text2image.trackers.Journal} reads; {@link dev.text2image.trackers.Tracker#all} joins several.
 */
@NullMarked
package dev.text2image.trackers;

import org.jspecify.annotations.NullMarked;
