/**
 * What a run leaves behind: its {@link dev.text2image.training.records.TrainingHistory}, the records for {@link dev.text2image.trackers}, and its
 * {@link dev.text2image.training.records.Checkpoints}, which are complete or not there.
 */
@NullMarked
package dev.text2image.training.records;

import org.jspecify.annotations.NullMarked;
