package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;

/**
 * An option that makes a run smaller.
 *
 * @param option the flags as they are typed
 * @param saves what they save on the device in bytes, those advised before already chosen
 */
public record MemoryAdvice(String option, long saves) {
    @Override
    public String toString() {
        return option + " saves " + ByteSize.text(saves);
    }
}
