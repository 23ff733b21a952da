package dev.text2image.training.planning;

import dev.text2image.io.ByteSize;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks that a run can write what it is going to write. */
final class OutputCheck {
    private final TrainingConfig config;
    private final Problems problems;

    OutputCheck(TrainingConfig config, Problems problems) {
        this.config = config;
        this.problems = problems;
    }

    /** Reports a directory that cannot be made or written to. */
    void writable(String flag, String directory) {
        Path existing = nearestExisting(Path.of(directory));
        problems.require(
                Files.isDirectory(existing) && Files.isWritable(existing),
                flag + " is " + directory + ", but nothing can be written to " + existing
                        + (Files.isDirectory(existing) ? "" : ", which is no directory")
                        + "; choose another directory.");
    }

    private static Path nearestExisting(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }

    /**
     * Computes the space that the run takes, and reports it if there is not enough.
     *
     * @param stepsDone the step that the run goes on from
     */
    DiskUse disk(PipelineDirectory base, TrainingMemory memory, TrainingPlan plan, int stepsDone, long caches) {
        int written = plan.totalSteps() / config.checkpointingSteps() - stepsDone / config.checkpointingSteps();
        Integer limit = config.checkpointsTotalLimit();
        int kept = limit == null ? written : Math.min(written, limit + 1);
        int best = config.keepBestCheckpoint() && written > kept ? 1 : 0;
        DiskUse use = new DiskUse(
                memory.trainedWeights() * (config.useEma() ? 2 : 1) + memory.optimizer(),
                kept + best,
                memory.trainedWeights() + untouched(base),
                caches,
                freeSpace(Path.of(config.outputDir())));
        problems.require(
                use.fits(),
                "The disk of output_dir has " + ByteSize.text(use.free()) + " free, but the run takes "
                        + ByteSize.text(use.total()) + ", of which " + use.checkpoints() + " checkpoints of "
                        + ByteSize.text(use.checkpoint())
                        + "; set a lower checkpoints_total_limit or choose another output_dir.");
        return use;
    }

    private long untouched(PipelineDirectory base) {
        if (config.lora() != null) {
            return 0;
        }
        return base.modelIndex().keySet().stream()
                .filter(name -> !name.startsWith("_"))
                .filter(name -> !name.equals("unet"))
                .filter(name -> !name.equals("text_encoder") || !config.trainTextEncoder())
                .mapToLong(name -> size(base.path().resolve(name)))
                .sum();
    }

    private static long size(Path directory) {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    /** The size of what is to be cached on the disk of the output directory. */
    long caches(ModelOutlines models, DataSummary data) {
        long latents = config.cacheLatents() == CacheMode.DISK ? TrainingMemory.latents(config, models, data) : 0;
        long texts = config.cacheTextEmbeddings() == CacheMode.DISK ? TrainingMemory.texts(config, models, data) : 0;
        @Nullable String place = config.cacheDir();
        return place == null || sameDisk(Path.of(place), Path.of(config.outputDir())) ? latents + texts : 0;
    }

    private static boolean sameDisk(Path one, Path other) {
        try {
            return Files.getFileStore(nearestExisting(one)).equals(Files.getFileStore(nearestExisting(other)));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot ask for the disk of " + one + ": " + e.getMessage(), e);
        }
    }

    private static long freeSpace(Path directory) {
        try {
            return Files.getFileStore(nearestExisting(directory)).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot ask for the free space of " + directory + ": " + e.getMessage(), e);
        }
    }
}
