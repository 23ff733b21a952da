package dev.text2image.training.records;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.testing.ShowsEffectOf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which checkpoints are kept and found. */
class CheckpointsTest {
    @TempDir
    private Path directory;

    private Checkpoints checkpoints = new Checkpoints(Path.of(""));

    @BeforeEach
    void open() {
        checkpoints = new Checkpoints(directory);
    }

    private void write(int step, int limit, boolean keepBest, @Nullable Double validationLoss) {
        checkpoints.write(step, limit, keepBest, place -> {
            JsonObject state = new JsonObject();
            if (validationLoss != null) {
                state.addProperty("validation_loss", validationLoss);
            }
            Json.write(place.resolve("training_state.json"), state);
        });
    }

    private List<String> kept() {
        return checkpoints.complete().stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "1, true, '.5 .3 .4 .6', '2 4'",
        "1, false, '.5 .3 .4 .6', '4'",
        "2, true, '.5 .3 .4 .6', '2 3 4'",
        "2, false, '.5 .3 .4 .6', '3 4'",
        "1, true, '.5 .3 .4 .2', '4'",
        "2, true, '.1 .3 .4 .2', '1 3 4'",
        "1, true, '.5 .5 .5 .5', '1 4'",
    })
    @ShowsEffectOf("keep_best_checkpoint")
    void theBestIsKeptBesideTheNewestIfThatIsWanted(int limit, boolean keepBest, String losses, String expected) {
        String[] values = losses.split(" ", -1);
        for (int i = 0; i < values.length; i++) {
            write(i + 1, limit, keepBest, Double.valueOf(values[i]));
        }
        assertThat(kept())
                .isEqualTo(List.of(expected.split(" ")).stream()
                        .map("checkpoint-"::concat)
                        .toList());
    }

    @Test
    void withoutAnyValidationLossOnlyTheNewestAreKept() {
        write(1, 1, true, null);
        write(2, 1, true, null);
        assertThat(kept()).containsExactly("checkpoint-2");
        assertThat(checkpoints.best()).isEmpty();
    }

    @Test
    void latestPassesOverWhatHasNoStateFile() throws Exception {
        assertThat(checkpoints.find("latest")).isEmpty();
        write(9, 3, false, null);
        write(10, 3, false, null);
        Files.createDirectories(directory.resolve("checkpoint-11/unet"));
        Files.createDirectories(directory.resolve(".tmp-checkpoint-12-0a1b2c3d"));
        assertThat(checkpoints.find("latest")).contains(directory.resolve("checkpoint-10"));
    }
}
