package dev.text2image.spark;

import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.planning.TrainingEstimate;
import dev.text2image.training.records.Checkpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkException;

/**
 * Trains adapters in several executors together, each with its share of every micro-batch. When one of them dies, all begin again from
 * the newest checkpoint, which gives what they would have given without.
 */
final class TrainJob {
    private static final String NEWEST = "latest";
    /** Below a sentence about the stage are the exception of the task that failed first and its stack. */
    private static final Pattern SAID_BY_TASK =
            Pattern.compile("(?s)barrier task .*? finished unsuccessfully\\.\n(.+?)(\n\tat |$)");

    private static final int ATTEMPTS_WITHOUT_CHECKPOINT = 3;

    private final GuideCommand command;
    private final TrainingConfig config;
    private final int processes;

    /**
     * Reads the flags and checks what they say about the cluster.
     *
     * @param name {@code train} or {@code train-lora}
     * @param flags its flags
     * @throws InvalidInputException if they cannot be used
     */
    TrainJob(String name, List<String> flags) {
        List<String> words = new ArrayList<>(List.of(name));
        words.addAll(flags);
        this.command = SweepJob.command(words);
        this.config = command.config().toBuilder()
                .outputDir(Path.of(command.config().outputDir())
                        .toAbsolutePath()
                        .normalize()
                        .toString())
                .build();
        this.processes = config.processes();
        List<String> problems = new ArrayList<>();
        check(problems);
        if (!problems.isEmpty()) {
            throw new InvalidInputException(String.join("\n", problems));
        }
    }

    private void check(List<String> problems) {
        if (config.lora() == null) {
            problems.add(
                    "A cluster trains adapters: give --rank, or train-lora. The gradients of the whole UNet of Stable"
                            + " Diffusion 1.5, 3.4 GB in each step, would take longer over a network than the step itself"
                            + " (lib/SCALE.md); train it on the GPUs of one machine.");
        }
        String device = config.device();
        if (device.contains(":") || device.contains(",")) {
            problems.add("device is " + device + ", but each executor has the device that Spark gives it; leave it out,"
                    + " or give cpu.");
        } else if (processes < 2) {
            problems.add(
                    "num_processes is " + processes + ", but must say how many executors train together, at least 2;"
                            + " train_batch_size is that of each.");
        }
        if (config.mixedPrecision() == MixedPrecision.AUTO) {
            problems.add("mixed_precision is auto, but machines could choose differently; name no, bf16 or fp16.");
        }
        String resumed = config.resumeFromCheckpoint();
        if (resumed != null && !resumed.equals(NEWEST)) {
            problems.add("resume_from_checkpoint is " + resumed + ", but on a cluster a run goes on from the newest"
                    + " checkpoint in output_dir; leave it out, and choose another output_dir for another run.");
        }
        if (command.hub().pushToHub()) {
            problems.add("push_to_hub has no effect on a cluster; leave it out, and use ./run push afterwards.");
        }
    }

    void run() {
        command.notes().forEach(note -> System.out.println("Note: " + note));
        // The driver has no part in the training, and need not have a GPU.
        TrainingEstimate estimate = TrainingEstimate.of(
                config.toBuilder().device("cpu").resumeFromCheckpoint(NEWEST).build());
        estimate.data().notes().forEach(note -> System.out.println("Note: " + note));
        System.out.printf(
                "Training: %d optimizer steps of %d executors with %d images each%n",
                estimate.plan().totalSteps(), processes, config.trainBatchSize());
        Path output = Path.of(config.outputDir());
        Path mark = mark(output);
        try (Cluster cluster = new Cluster("train");
                JournalProgress progress =
                        new JournalProgress(output, estimate.plan().totalSteps())) {
            train(cluster, estimate.data(), mark);
        } finally {
            mark.toFile().delete();
        }
        System.out.println("LoRA weights: " + config.outputDir());
    }

    private void train(Cluster cluster, DataCheck data, Path mark) {
        int vain = 0;
        while (true) {
            Optional<String> checkpoint = newestCheckpoint();
            Optional<String> failure = attempt(cluster, data, mark, checkpoint);
            if (failure.isEmpty()) {
                return;
            }
            Optional<String> newest = newestCheckpoint();
            vain = newest.equals(checkpoint) ? vain + 1 : 0;
            String place = newest.orElse("the start") + ".";
            if (vain == ATTEMPTS_WITHOUT_CHECKPOINT) {
                throw new InvalidInputException(
                        "The training failed " + vain + " times without a new checkpoint, last so: " + failure.get()
                                + " The same command goes on from " + place);
            }
            System.err.println(failure.get() + " All executors go on from " + place);
        }
    }

    /**
     * Tries to train to the end.
     *
     * @param checkpoint the name of the checkpoint to go on from, lest two executors find different ones
     * @return what the task said that failed first, without its place in the program; empty if none failed
     */
    private Optional<String> attempt(Cluster cluster, DataCheck data, Path mark, Optional<String> checkpoint) {
        TrainingConfig resumed = config.toBuilder()
                .resumeFromCheckpoint(checkpoint.orElse(NEWEST))
                .build();
        TrainAttempt attempt = new TrainAttempt(resumed.toJson().toString(), data, mark.toString(), UUID.randomUUID());
        try {
            cluster.together(processes, attempt::run);
            return Optional.empty();
        } catch (SparkException e) {
            Matcher said = SAID_BY_TASK.matcher(String.valueOf(e.getMessage()));
            if (!said.find()) {
                throw new InvalidInputException(
                        "Spark cannot run " + processes + " tasks (num_processes) at the same time: " + e.getMessage(),
                        e);
            }
            String reason = said.group(1).strip();
            return Optional.of(reason.endsWith(".") ? reason : reason + ".");
        }
    }

    private Optional<String> newestCheckpoint() {
        return new Checkpoints(Path.of(config.outputDir()))
                .find(NEWEST)
                .map(path -> String.valueOf(path.getFileName()));
    }

    /** Writes what executors see if they share the directory. */
    private static Path mark(Path output) {
        try {
            Path mark = Files.createTempFile(Files.createDirectories(output), ".shared-", "");
            mark.toFile().deleteOnExit();
            return mark;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write to " + output + ": " + e.getMessage(), e);
        }
    }
}
