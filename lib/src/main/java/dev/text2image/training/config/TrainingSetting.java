package dev.text2image.training.config;

/**
 * The value that a flag has in a {@link TrainingConfig}.
 *
 * @param flag the flag
 * @param value the value as it is typed; empty if there is none
 * @param changed whether it is another than the default
 */
public record TrainingSetting(TrainingFlag flag, String value, boolean changed) {}
