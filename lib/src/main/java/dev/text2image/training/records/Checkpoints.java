package dev.text2image.training.records;

import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.training.config.ConfigChanges;
import dev.text2image.training.config.TrainingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of an output directory, {@code checkpoint-N} after N optimizer steps.
 *
 * <p>A checkpoint is written beside its place and renamed into it, so that one with its state file is complete; only then are old
 * ones removed. Directories of other names are left alone.
 */
public final class Checkpoints {
    /** The state of the run in a checkpoint; a checkpoint that has it is complete. */
    public static final String STATE_FILE = "training_state.json";
    /** The optimizer's memory in a checkpoint. */
    public static final String OPTIMIZER_FILE = "optimizer.safetensors";
    /** The field of the state with the validation loss. */
    public static final String VALIDATION_LOSS = "validation_loss";

    private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{1,9})");

    private final Path outputDirectory;

    /**
     * Looks at a directory.
     *
     * @param outputDirectory where the checkpoints are or will be; it need not exist
     */
    public Checkpoints(Path outputDirectory) {
        this.outputDirectory = outputDirectory;
    }

    /**
     * Writes the checkpoint of a step, and then removes the lowest-numbered others beyond the limit.
     *
     * @param step the optimizer steps done
     * @param limit how many are kept, or null for all
     * @param keepBest whether the one with the lowest validation loss is kept beyond the limit
     * @param body what writes its content
     * @return its directory
     */
    public Path write(int step, @Nullable Integer limit, boolean keepBest, AtomicFiles.Body body) {
        Path target = outputDirectory.resolve("checkpoint-" + step);
        AtomicFiles.writeDirectory(target, body);
        if (limit != null) {
            Path kept = keepBest ? best().orElse(target) : target;
            List<Path> others = complete().stream()
                    .filter(path -> !path.equals(target) && !path.equals(kept))
                    .toList();
            others.subList(0, Math.max(0, others.size() + 1 - limit)).forEach(Checkpoints::remove);
        }
        return target;
    }

    /** The state file goes first, so that what a kill leaves behind does not count as complete. */
    private static void remove(Path checkpoint) {
        AtomicFiles.deleteRecursively(checkpoint.resolve(STATE_FILE));
        AtomicFiles.deleteRecursively(checkpoint);
    }

    /**
     * Finds the complete checkpoint with the lowest validation loss.
     *
     * @return its directory; empty if none has such a loss
     */
    public Optional<Path> best() {
        return complete().stream()
                .filter(path -> validationLoss(path) < Double.POSITIVE_INFINITY)
                .min(Comparator.comparingDouble(Checkpoints::validationLoss));
    }

    private static double validationLoss(Path checkpoint) {
        return JsonFields.read(checkpoint.resolve(STATE_FILE)).doubleOr(VALIDATION_LOSS, Double.POSITIVE_INFINITY);
    }

    /**
     * Finds the checkpoint that {@code --resume_from_checkpoint} means.
     *
     * @param wanted latest, the name of a checkpoint in the output directory, or a path
     * @return the checkpoint; empty for latest if there is none yet
     * @throws InvalidInputException if the named one is missing or not complete
     */
    public Optional<Path> find(String wanted) {
        List<Path> all = complete();
        if (wanted.equals("latest")) {
            return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
        }
        return Stream.of(outputDirectory.resolve(wanted), Path.of(wanted))
                .filter(Checkpoints::isComplete)
                .findFirst()
                .or(() -> {
                    throw new InvalidInputException("There is no complete checkpoint '" + wanted + "' in "
                            + outputDirectory + "; found "
                            + (all.isEmpty()
                                    ? "none"
                                    : all.stream().map(Checkpoints::name).toList()) + ".");
                });
    }

    /**
     * Checks that a run can go on from a checkpoint with the same bits.
     *
     * @param checkpoint a complete checkpoint
     * @param config the run
     * @throws InvalidInputException listing what differs from the run that wrote it
     */
    public static void checkSameRun(Path checkpoint, TrainingConfig config) {
        JsonFields state = JsonFields.read(checkpoint.resolve(STATE_FILE));
        if (!(state.element("config").orElse(null) instanceof JsonObject saved)) {
            throw state.invalid("config", "an object with the run's configuration");
        }
        TrainingConfig before;
        try {
            before = TrainingConfig.fromJson(saved);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(checkpoint.resolve(STATE_FILE) + ": " + e.getMessage(), e);
        }
        ConfigChanges.checkResumed(checkpoint, before, config);
    }

    /**
     * Lists the complete checkpoints.
     *
     * @return their directories, the oldest first
     */
    public List<Path> complete() {
        if (!Files.isDirectory(outputDirectory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(outputDirectory)) {
            return entries.filter(path -> NAME.matcher(name(path)).matches())
                    .filter(Checkpoints::isComplete)
                    .sorted(Comparator.comparingInt(Checkpoints::step))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + outputDirectory + ": " + e.getMessage(), e);
        }
    }

    private static boolean isComplete(Path checkpoint) {
        return Files.isRegularFile(checkpoint.resolve(STATE_FILE));
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private static int step(Path checkpoint) {
        Matcher matcher = NAME.matcher(name(checkpoint));
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
