package dev.text2image.trackers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.text2image.data.images.RgbImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TensorBoard makes of the files is tested in the module notebooks, by TensorBoard. */
class TensorBoardTrackerTest {
    @TempDir
    private Path output;

    private Path directory() {
        return output.resolve("logs/text2image-fine-tune");
    }

    private static JsonObject hyperParameters() {
        JsonObject values = new JsonObject();
        values.addProperty("seed", 42L);
        values.addProperty("learning_rate", 1e-5);
        values.addProperty("large", 1e10);
        values.addProperty("use_ema", true);
        values.addProperty("lr_scheduler", "constant");
        values.add("snr_gamma", JsonNull.INSTANCE);
        JsonArray prompts = new JsonArray();
        prompts.add("a \"red\" fox");
        prompts.add("two\nlines");
        values.add("validation_prompts", prompts);
        return values;
    }

    private static RunStart start(long step) {
        return new RunStart(step, hyperParameters(), Map.of());
    }

    private static List<Path> eventFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("events.out.tfevents."))
                    .sorted()
                    .toList();
        }
    }

    /** Counts the records by their lengths; the file must end where a record ends. */
    private static int records(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int count = 0;
        while (bytes.hasRemaining()) {
            int length = Math.toIntExact(bytes.getLong());
            bytes.position(bytes.position() + length + 2 * Integer.BYTES);
            count++;
        }
        return count;
    }

    @Test
    void theTreeIsThatOfAccelerate() throws IOException {
        try (Tracker tracker = new TensorBoardTracker(directory())) {
            tracker.start(start(0));
        }
        assertThat(eventFiles(directory()))
                .singleElement()
                .satisfies(file -> assertThat(String.valueOf(file.getFileName()))
                        .matches("events\\.out\\.tfevents\\.\\d{10}\\..+\\.\\d+\\.\\d+"));
        try (Stream<Path> files = Files.list(directory())) {
            assertThat(files.filter(Files::isDirectory)).singleElement().satisfies(session -> {
                assertThat(String.valueOf(session.getFileName())).matches("\\d{10}\\.\\d{3}");
                assertThat(eventFiles(session)).hasSize(1);
                assertThat(session.resolve("hparams.yml")).hasContent("""
                        large: 10000000000
                        learning_rate: 0.000010
                        lr_scheduler: "constant"
                        seed: 42
                        snr_gamma: null
                        use_ema: true
                        validation_prompts: ["a \\"red\\" fox","two\\nlines"]
                        """);
            });
        }
    }

    @Test
    void everyCallLeavesWholeRecordsInTheFile() throws IOException {
        try (Tracker tracker = new TensorBoardTracker(directory())) {
            tracker.start(start(0));
            Path file = eventFiles(directory()).get(0);
            int before = records(file);
            tracker.scalars(1, Map.of("train_loss", 0.5, "lr", 1e-5));
            assertThat(records(file)).isEqualTo(before + 1);
            tracker.images(1, "validation", List.of(RgbImage.of(1, 1, new byte[3])));
            tracker.text(1, "note", "");
            assertThat(records(file)).isEqualTo(before + 3);
        }
    }

    @Test
    void filesSortInTheOrderOfTheRuns() throws IOException {
        List<Path> inOrder = new ArrayList<>();
        for (int run = 0; run < 12; run++) {
            try (Tracker tracker = new TensorBoardTracker(directory())) {
                tracker.start(start(run));
            }
            List<Path> now = eventFiles(directory());
            assertThat(now).hasSize(run + 1);
            assertThat(now.subList(0, run)).isEqualTo(inOrder);
            inOrder.add(now.get(run));
        }
    }

    @Test
    void anInterruptedThreadCanStillRecord() throws IOException {
        try (Tracker tracker = new TensorBoardTracker(directory())) {
            tracker.start(start(0));
            Path file = eventFiles(directory()).get(0);
            int before = records(file);
            Thread.currentThread().interrupt();
            tracker.scalars(1, Map.of("train_loss", 0.5));
            tracker.flush();
            assertThat(Thread.interrupted()).isTrue();
            tracker.scalars(2, Map.of("train_loss", 0.5));
            assertThat(records(file)).isEqualTo(before + 2);
        }
    }

    @Test
    void imagesOfTwoSizesAreRefused() {
        List<RgbImage> images = List.of(RgbImage.of(1, 2, new byte[6]), RgbImage.of(2, 1, new byte[6]));
        try (Tracker tracker = new TensorBoardTracker(directory())) {
            tracker.start(start(0));
            assertThatThrownBy(() -> tracker.images(1, "validation", images))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("RgbImage(1 x 2)")
                    .hasMessageContaining("RgbImage(2 x 1)");
            assertThatThrownBy(() -> tracker.images(1, "validation", List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'validation'");
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Files.writeString(output.resolve("logs"), "a file");
        try (Tracker tracker = new TensorBoardTracker(directory())) {
            assertThatThrownBy(() -> tracker.start(start(0)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(directory().toString());
        }
    }

    @Test
    void aTrackerRecordsBetweenStartAndCloseOnly() {
        Tracker tracker = new TensorBoardTracker(directory());
        assertThatThrownBy(() -> tracker.scalars(1, Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("start");
        tracker.start(start(0));
        assertThatThrownBy(() -> tracker.start(start(0))).isInstanceOf(IllegalStateException.class);
        tracker.close();
        tracker.close();
        assertThatThrownBy(() -> tracker.event(new RunEvent.Finished(1))).isInstanceOf(IllegalStateException.class);
    }
}
