package dev.text2image.pipelines;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Opens the tiny pipeline once for the tests of a class. */
abstract class TinyPipelineTest {
    @TempDir
    static Path directory;

    static StableDiffusionPipeline pipeline;

    final NDManager manager = Torch.newManager(Device.cpu());

    @BeforeAll
    static void load() {
        TinyPipeline.write(directory.resolve("tiny"));
        pipeline = StableDiffusionPipeline.fromPretrained(directory.resolve("tiny"), TinyPipeline.OPTIONS);
    }

    @AfterAll
    static void closePipeline() {
        pipeline.close();
    }

    @AfterEach
    void close() {
        manager.close();
    }
}
