package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;

/**
 * The space that a run takes on the disk of its output directory, in bytes.
 *
 * @param checkpoint size of a checkpoint: weights, averages and the optimizer's memory
 * @param checkpoints how many are there at once; a new one is written before an old one is removed
 * @param model size of the fine-tuned model
 * @param caches size of cached latents and text embeddings on this disk
 * @param free space that is left on the disk now
 */
public record DiskUse(long checkpoint, int checkpoints, long model, long caches, long free) {
    /**
     * Sums up.
     *
     * @return size in bytes
     */
    public long total() {
        return checkpoint * checkpoints + model + caches;
    }

    /**
     * Says whether the disk has room for the run.
     *
     * @return true if it has
     */
    public boolean fits() {
        return total() <= free;
    }

    @Override
    public String toString() {
        return ByteSize.text(total()) + " of " + ByteSize.text(free) + " free: " + checkpoints + " checkpoints of "
                + ByteSize.text(checkpoint) + ", model " + ByteSize.text(model) + ", caches "
                + ByteSize.text(caches);
    }
}
