package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.trackers.Journal;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run leaves in its output directory beside the model. */
class RunRecordsTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfigBuilder config(String output) {
        return TinyRun.config(base, directory.resolve(output)).maxTrainSteps(2);
    }

    /** Where event files of values are; those of the hyper-parameters have a directory of their own within it. */
    private static List<String> eventFiles(Path output) throws IOException {
        try (Stream<Path> files = Files.walk(output)) {
            return files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents."))
                    .map(file -> output.relativize(file.getParent()).toString().replace('\\', '/'))
                    .filter(place -> !place.matches(".*/\\d+\\.\\d+"))
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tensorboard, logs, text2image-fine-tune, logs/text2image-fine-tune",
        "all, tb, mine, tb/mine",
        "none, logs, text2image-fine-tune,"
    })
    @ShowsEffectOf({"report_to", "logging_dir", "tracker_project_name"})
    void eventFilesLieWhereTheyAreWantedAndTheJournalAlways(
            String reportTo, String loggingDir, String project, String place) throws IOException {
        Path output = directory.resolve("out");
        TinyRun.losses(config("out").reportTo(reportTo).loggingDir(loggingDir).trackerProjectName(project));
        assertThat(eventFiles(output)).isEqualTo(place == null ? List.of() : List.of(place));
        assertThat(output.resolve("logs").toFile().exists()).isEqualTo("logs/text2image-fine-tune".equals(place));
        assertThat(Journal.read(output))
                .extracting(line -> line.get("event").getAsString())
                .containsExactly("start", "scalars", "scalars", "finished");
    }

    @Test
    void nothingIsWrittenBeforeTheFirstStep() {
        try (Trainer trainer = new Trainer(config("out").build())) {
            assertThat(trainer.history().rows()).isEmpty();
        }
        assertThat(directory.resolve("out")).doesNotExist();
    }

    /** On a GPU the two differ in where the average lies, and TF32 in the last bits; on the CPU neither differs at all. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true"})
    void optionsForGpusChangeNothingOnTheCpu(boolean offloadEma, boolean allowTf32) {
        double[] plain = TinyRun.losses(config("plain").useEma(true));
        double[] other = TinyRun.losses(
                config("other").useEma(true).offloadEma(offloadEma).allowTf32(allowTf32));
        assertThat(other).isEqualTo(plain);
        assertThat(directory.resolve("other/unet/diffusion_pytorch_model.safetensors"))
                .hasSameBinaryContentAs(directory.resolve("plain/unet/diffusion_pytorch_model.safetensors"));
    }
}
