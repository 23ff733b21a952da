package dev.text2image.trackers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class JournalTrackerTest {
    @TempDir
    private Path output;

    private static RunStart start(long step) {
        JsonObject config = new JsonObject();
        config.addProperty("seed", 42);
        return new RunStart(step, config, Map.of("data", "sha256:abc"));
    }

    private void run(long done, long... steps) {
        try (Tracker tracker = new JournalTracker(output)) {
            tracker.start(start(done));
            for (long step : steps) {
                tracker.scalars(step, Map.of("train_loss", 1.0 / step));
            }
        }
    }

    private Path file() {
        return output.resolve("journal.jsonl");
    }

    private static List<String> events(List<JsonObject> lines) {
        return lines.stream()
                .map(line -> line.get("event").getAsString() + " " + line.get("step"))
                .toList();
    }

    @Test
    void everyLineIsAnObjectThatSaysWhatHappenedWhen() throws IOException {
        try (Tracker tracker = new JournalTracker(output)) {
            tracker.start(start(0));
            tracker.scalars(1, Map.of("train_loss", 0.1));
            tracker.event(new RunEvent.StepSkipped(2, "the loss is NaN"));
            tracker.images(2, "validation", List.of(RgbImage.of(3, 2, new byte[18]), RgbImage.of(3, 2, new byte[18])));
            tracker.text(2, "note", "two\nlines <&> ü");
            tracker.event(new RunEvent.CheckpointWritten(2, Path.of("checkpoint-2")));
            tracker.event(new RunEvent.Stopped(2, "interrupted"));
            tracker.event(new RunEvent.Finished(3));
        }
        assertThat(Files.readAllLines(file()).stream()
                        .map(line -> line.replaceFirst(
                                "\"time\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z\",", "")))
                .containsExactly(
                        "{\"event\":\"start\",\"step\":0,\"config\":{\"seed\":42},\"environment\":{\"data\":\"sha256:abc\"}}",
                        "{\"event\":\"scalars\",\"step\":1,\"values\":{\"train_loss\":0.1}}",
                        "{\"event\":\"skipped\",\"step\":2,\"reason\":\"the loss is NaN\"}",
                        "{\"event\":\"images\",\"step\":2,\"tag\":\"validation\",\"count\":2,\"width\":3,\"height\":2}",
                        "{\"event\":\"text\",\"step\":2,\"tag\":\"note\",\"text\":\"two\\nlines <&> ü\"}",
                        "{\"event\":\"checkpoint\",\"step\":2,\"directory\":\"checkpoint-2\"}",
                        "{\"event\":\"stopped\",\"step\":2,\"reason\":\"interrupted\"}",
                        "{\"event\":\"finished\",\"step\":3}");
    }

    @Test
    void numbersAreReadAsATable() {
        try (Tracker tracker = new JournalTracker(output)) {
            tracker.start(start(0));
            tracker.scalars(0, Map.of("validation_loss", 3.0));
            tracker.scalars(1, Map.of("train_loss", Double.NaN));
            tracker.scalars(2, Map.of("train_loss", 0.5));
            tracker.scalars(2, Map.of("validation_loss", 2.0));
        }
        try (Tracker resumed = new JournalTracker(output)) {
            resumed.start(start(1));
            resumed.scalars(2, Map.of("train_loss", 0.25));
        }
        Table losses = Journal.table(output, "train_loss");
        assertThat(losses.columnNames()).containsExactly("step", "train_loss");
        assertThat(losses.intColumn("step").asList()).containsExactly(1, 2);
        assertThat(losses.doubleColumn("train_loss").asDoubleArray()).containsExactly(Double.NaN, 0.25);
        assertThat(Journal.table(output, "validation_loss")
                        .doubleColumn("validation_loss")
                        .asDoubleArray())
                .containsExactly(3.0);
        assertThatThrownBy(() -> Journal.table(output, "accuracy"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has no accuracy");
    }

    @Test
    void numbersThatJsonLacksAreText() throws IOException {
        try (Tracker tracker = new JournalTracker(output)) {
            tracker.start(start(0));
            tracker.scalars(1, Map.of("train_loss", Double.NaN));
            tracker.scalars(2, Map.of("grad_norm", Double.NEGATIVE_INFINITY));
        }
        assertThat(Files.readString(file()))
                .contains("{\"train_loss\":\"NaN\"}")
                .contains("{\"grad_norm\":\"-Infinity\"}");
    }

    @Test
    void aResumeVoidsTheStepsThatItRepeats() throws IOException {
        run(0, 1, 2, 3, 4);
        run(2, 3, 4, 5);
        assertThat(Files.readAllLines(file())).as("nothing is removed").hasSize(5 + 4);
        assertThat(events(Journal.read(output)))
                .containsExactly(
                        "start 0", "scalars 1", "scalars 2", "resume 2", "scalars 3", "scalars 4", "scalars 5");
    }

    @Test
    void aNewRunBeginsAnew() {
        run(0, 1, 2);
        run(0, 1);
        assertThat(events(Journal.read(output))).containsExactly("start 0", "scalars 1");
    }

    @Test
    void aLineThatAKillCutOffHarmsNoOther() throws IOException {
        run(0, 1, 2);
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 7));
        run(1, 2, 3);
        List<String> lines = Files.readAllLines(file());
        assertThat(lines).hasSize(3 + 3);
        assertThat(lines.subList(3, 6))
                .allSatisfy(line ->
                        assertThat(JsonParser.parseString(line).isJsonObject()).isTrue());
        assertThat(events(Journal.read(output)))
                .containsExactly("start 0", "scalars 1", "resume 1", "scalars 2", "scalars 3");
    }

    @Test
    void aCharacterThatWasCutInTwoIsReadOver() throws IOException {
        run(0, 1);
        byte[] half = "{\"text\":\"ü".getBytes(StandardCharsets.UTF_8);
        Files.write(file(), Arrays.copyOf(half, half.length - 1), StandardOpenOption.APPEND);
        assertThat(events(Journal.read(output))).containsExactly("start 0", "scalars 1");
    }

    @Test
    void aRunThatIsToldToStopCanSaySo() {
        try (Tracker tracker = new JournalTracker(output)) {
            tracker.start(start(0));
            Thread.currentThread().interrupt();
            tracker.event(new RunEvent.Stopped(0, "interrupted"));
            tracker.flush();
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(events(Journal.read(output))).containsExactly("start 0", "stopped 0");
    }

    @Test
    void aMissingJournalIsNamed() {
        assertThatThrownBy(() -> Journal.read(output))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(file().toString());
    }

    @Test
    void anotherFileOfThatNameIsRefused() throws IOException {
        Files.writeString(file(), "{\"loss\": 1}");
        assertThatThrownBy(() -> Journal.read(output))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining("{\"loss\": 1}");
    }

    @Test
    void theEnvironmentNamesTheEngine() {
        assertThat(RunEnvironment.describe(Device.cpu()))
                .containsEntry("djl", "0.35.1")
                .containsEntry("pytorch", "2.7.1")
                .containsEntry("device", "cpu()")
                .containsEntry("java", Runtime.version().toString())
                .containsKeys("text2image", "os");
    }
}
