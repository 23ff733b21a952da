package dev.text2image.trackers;

import java.nio.file.Path;

/** Something that happens in a run and is not a measurement. */
public sealed interface RunEvent {
    /**
     * Returns when it happened.
     *
     * @return the number of optimizer steps done
     */
    long step();

    /**
     * A checkpoint was written.
     *
     * @param step the optimizer steps that it holds
     * @param directory where it is
     */
    record CheckpointWritten(long step, Path directory) implements RunEvent {}

    /**
     * An optimizer step left the weights as they were, because the loss or the gradients were not finite.
     *
     * @param step its number
     * @param reason what was found
     */
    record StepSkipped(long step, String reason) implements RunEvent {}

    /**
     * The run stopped before its end: the user stopped it, or it failed.
     *
     * @param step the optimizer steps done
     * @param reason why
     */
    record Stopped(long step, String reason) implements RunEvent {}

    /**
     * The run came to its end and its model is written.
     *
     * @param step the optimizer steps done
     */
    record Finished(long step) implements RunEvent {}
}
