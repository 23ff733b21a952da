package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.io.Json;
import dev.text2image.testing.ChildJvm;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.records.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that trains is killed without warning while it writes checkpoints. */
class KilledRunTest {
    private static final int STEPS = 40;
    /** How long after a checkpoint was begun the process is killed: while it is written, renamed, or the last one is deleted. */
    private static final List<Integer> DELAYS_MILLIS = List.of(0, 5, 40, 150);

    @TempDir
    private Path directory;

    /** Trains by the configuration in a JSON file. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            try (Trainer trainer = new Trainer(TrainingConfig.fromJson(Json.readObject(Path.of(arguments[0]))))) {
                trainer.run();
            }
        }
    }

    private TrainingConfigBuilder config(String output) {
        return TinyRun.config(directory.resolve("base"), directory.resolve(output))
                .useEma(true)
                .maxTrainSteps(STEPS);
    }

    @Test
    void whatAKillLeavesBehindIsTheSameRun() throws Exception {
        TinyPipeline.write(directory.resolve("base"));
        TinyRun.losses(config("whole").checkpointingSteps(STEPS));
        TrainingConfig killed = config("killed")
                .checkpointingSteps(1)
                .checkpointsTotalLimit(1)
                .resumeFromCheckpoint("latest")
                .build();
        int reached = 0;
        for (int delay : DELAYS_MILLIS) {
            trainAndKill(killed, delay);
            Path latest =
                    new Checkpoints(Path.of(killed.outputDir())).find("latest").orElseThrow();
            int step = Json.readObject(latest.resolve("training_state.json"))
                    .get("global_step")
                    .getAsInt();
            assertThat(step).isGreaterThan(reached).isLessThan(STEPS);
            reached = step;
        }
        try (Trainer trainer = new Trainer(killed)) {
            assertThat(trainer.describe()).startsWith("Going on at step " + reached);
            trainer.run();
        }
        assertThat(names(Path.of(killed.outputDir()))).noneMatch(name -> name.startsWith("."));
        for (String file : List.of(
                "checkpoint-40/unet/diffusion_pytorch_model.safetensors",
                "checkpoint-40/optimizer.safetensors",
                "unet/diffusion_pytorch_model.safetensors")) {
            assertThat(directory.resolve("killed").resolve(file))
                    .hasSameBinaryContentAs(directory.resolve("whole").resolve(file));
        }
    }

    /** Starts a process that goes on with the run, and kills it some time after it began to write its third checkpoint. */
    private void trainAndKill(TrainingConfig config, int delayMillis) throws IOException, InterruptedException {
        Path file = directory.resolve("config.json");
        Json.write(file, config.toJson());
        Path output = Path.of(config.outputDir());
        int before = newest(output);
        Path log = directory.resolve("log.txt");
        Process child = ChildJvm.of(List.of(), Child.class, file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            while (child.isAlive() && !(newest(output) >= before + 2 && isWriting(output))) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MILLISECONDS.sleep(delayMillis);
            assertThat(child.isAlive()).as(Files.readString(log)).isTrue();
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    /** The highest number of a checkpoint that is in its place, complete or not; 0 if there is none. */
    private static int newest(Path output) throws IOException {
        return names(output).stream()
                .filter(name -> name.matches("checkpoint-\\d+"))
                .mapToInt(name -> Integer.parseInt(name.substring("checkpoint-".length())))
                .max()
                .orElse(0);
    }

    private static boolean isWriting(Path output) throws IOException {
        String temporary = ".tmp-checkpoint-" + (newest(output) + 1) + "-";
        return names(output).stream().anyMatch(name -> name.startsWith(temporary));
    }

    private static List<String> names(Path output) throws IOException {
        if (!Files.isDirectory(output)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(output)) {
            return entries.map(path -> path.getFileName().toString()).toList();
        }
    }
}
