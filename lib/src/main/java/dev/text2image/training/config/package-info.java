/**
 * The hyper-parameters of a run: a {@link dev.text2image.training.config.TrainingConfig} checks its values when it is made and knows the settings
 * of each part of the run. A component with a {@link dev.text2image.training.config.Flag} is all that a hyper-parameter needs: command line, help, JSON and
 * {@code lib/FLAGS.md} follow from {@link dev.text2image.training.config.TrainingFlags}.
 */
@NullMarked
package dev.text2image.training.config;

import org.jspecify.annotations.NullMarked;
