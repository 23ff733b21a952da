package dev.text2image.training;

import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Short runs of a base model that is written once. */
abstract class TinyRunTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    static Path base() {
        return base;
    }

    /** A directory of the test alone. */
    final Path directory() {
        return directory;
    }

    /** Starts from a run of six steps. */
    final TrainingConfigBuilder run(String output) {
        return TinyRun.config(base, directory.resolve(output));
    }

    /** Adds flags as they are typed. */
    static TrainingConfig with(TrainingConfigBuilder run, String flags) {
        return GuideCommand.parse(List.of(flags.split(" ")), run.build()).config();
    }
}
